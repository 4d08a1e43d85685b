/**
 * An element in place of a `<style>` that a library makes: the page's policy lets nothing be styled by what stands in the document, and
 * what is given to this one's `textContent` becomes a constructed style sheet, which the policy allows. It counts until `remove`.
 */
export function createSheetElement(): HTMLElement {
  const sheet = new CSSStyleSheet();
  const element = document.createElement("span");
  element.hidden = true;
  Object.defineProperties(element, {
    textContent: {
      set(css: string) {
        sheet.replaceSync(css);
        if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets.push(sheet);
      },
    },
    remove: {
      value() {
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
        element.parentNode?.removeChild(element);
      },
    },
  });
  return element;
}

/** Adds to what a library would write into an attribute, which the policy forbids; written as properties it is allowed. */
export function addStyle(element: HTMLElement, css: string): void {
  element.style.cssText += css;
}
