import type { Language } from "./language.ts";
import { wordSet } from "./word-set.ts";

const DETERMINERS = `der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner keines dieser
  diese dieses diesen diesem jener jene jenes jenen jenem jeder jede jedes jeden jedem mein meine meinen meinem meiner
  dein deine sein seine seinen seinem seiner seines ihr ihre ihren ihrem ihrer ihres unser unsere unseren unserem unserer
  euer eure alle allen aller beide beiden manche mancher solche solcher`;

const PREPOSITIONS = `ab an am ans auf aufs aus außer bei beim bis durch für gegen gegenüber hinter im in ins je laut mit nach
  neben ohne seit statt trotz über um unter vom von vor während wegen wider zu zum zur zwischen innerhalb außerhalb entlang`;

const STOP_WORDS = `${DETERMINERS} ${PREPOSITIONS}
  ich mich mir du dich dir er ihn ihm sie es wir uns euch ihnen sich man wer wen wem wessen was welche welcher welches
  welchen welchem wo wohin woher wann warum wieso weshalb wie und oder aber denn sondern doch weder noch sowohl als auch
  wenn weil dass daß ob obwohl damit indem nachdem bevor sobald solange falls sodass so nicht nichts nie niemals niemand
  bin bist ist sind seid war waren wäre wären gewesen sei habe hast hat haben hatte hatten hätte hätten gehabt werde
  wirst wird werden wurde wurden worden geworden würde würden kann kannst können konnte konnten könnte könnten muss müssen
  musste mussten müsste soll sollen sollte sollten will wollen wollte wollten darf dürfen durfte durften mag mögen möchte
  lassen lässt ließ ließen gibt geben gab gaben gegeben geht gehen ging gingen gegangen kommt kommen kam kamen gekommen
  macht machen machte machten gemacht steht stehen stand standen liegt liegen lag lagen bleibt bleiben blieb blieben
  heißt heißen hieß sagt sagen sagte sagten nimmt nehmen nahm nahmen bringt bringen brachte stellt stellen zeigt zeigen
  zeigte finden findet fand fanden sieht sehen sah sahen wissen weiß wusste tun tut tat getan
  hier da dort dann nun jetzt heute schon noch immer wieder oft manchmal meist meistens fast nur sehr mehr viel viele
  vielen wenig wenige weniger etwas ganz gar eben ja nein also daher deshalb darum dabei dadurch dafür dagegen darauf
  daraus darin darüber davon davor dazu hinzu jedoch allerdings trotzdem dennoch außerdem zudem zwar etwa rund bereits
  erst einmal zuerst zunächst später früher bald sogar selbst eigentlich vielleicht anders andere anderen anderer anderes
  anderem eins zwei drei vier fünf sechs sieben acht neun zehn hundert tausend millionen hin her weg zurück zusammen
  wohl kaum genug besonders gerade sonst stets längst wobei wodurch worauf deren dessen denen einige einigen einiger
  mehrere mehreren ersten erste zweite zweiten dritte dritten letzte letzten nächste nächsten eigene eigenen gleich`;

const VAGUE_WORDS = `zeit zeiten jahr jahre jahren tag tage tagen weise art arten ding dinge mensch menschen leute person teil
  teile teilen zahl zahlen ort orte fall fälle punkt grund gründe beispiel beispiele ergebnis ergebnisse frage fragen
  antwort idee wort worte wörter name namen ende anfang seite seiten form formen sache sachen arbeit leben welt hand
  stunde stunden woche wochen monat monate minute minuten morgen nacht abend moment jahrhundert jahrhunderte
  jahrhunderts jahrzehnt jahrzehnte meter metern kilometer prozent euro mal male rest abschnitt kapitel bild tabelle text
  montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april mai juni juli august september
  oktober november dezember`;

/** Endings of German nouns and adjectives, cut off as long as a stem of four letters remains; umlauts undone. */
function stem(word: string): string {
  const plain = word.replace(/ä/g, "a").replace(/ö/g, "o").replace(/ü/g, "u").replace(/ß/g, "ss");
  const cut = plain.replace(/(ern|em|er|en|es|e|s|n)$/, "");
  return cut.length >= 4 ? cut : plain;
}

export const german: Language = {
  code: "de",
  stopWords: wordSet(STOP_WORDS),
  vagueWords: wordSet(VAGUE_WORDS),
  nounMarkers: wordSet(`${DETERMINERS} ${PREPOSITIONS}`),
  auxiliaries: wordSet(
    "ist sind war waren hat haben hatte hatten wird werden wurde wurden kann können konnte konnten muss müssen",
  ),
  leaningOpeners:
    wordSet(`dies diese dieser dieses diesen diesem das es er sie ihr ihre ihren ihm ihn sein seine und aber oder
    denn doch sondern so also daher deshalb darum dabei dadurch dafür dagegen darauf daraus darin darüber davon davor dazu
    damit hinzu jedoch allerdings trotzdem dennoch außerdem zudem zwar dann dort da hier auch beide beides solche solcher
    andere anderes anderer später danach dahinter daneben ebenso weder noch jene jener jenes schließlich erst selbst sogar
    nur wir man stattdessen manche einige viele zweitens drittens letztere erstere`),
  pronouns: wordSet("er ihn ihm sie ihnen ihre ihren ihrem ihrer sein seine seinen seinem seiner"),
  demonstratives: wordSet("dies diese dieser dieses diesen diesem solche solcher solchen jener jene jenem"),
  abbreviations:
    wordSet(`hr fr dr prof dipl ing st z.b d.h u.a u.u s.o s.u v.a i.d.r bzw ca vgl evtl ggf inkl exkl max min
    sog geb gest verh hrsg str tel v n z d h u a o ä allg bes ehem franz engl lat griech jh jhd mio mrd chr`),
  numberAbbreviations: wordSet("nr nrn abb tab bd bde kap s art abs ziff"),
  dottedOrdinals: true,
  capitalNouns: true,
  nounsFirst: false,
  apparatus: wordSet(
    "literatur literaturverzeichnis quellen einzelnachweise anmerkungen fußnoten inhalt inhaltsverzeichnis weblinks lizenz danksagung register",
    ["siehe auch", "weiterführende literatur"],
  ),
  stem,
  frame: {
    brief: "Kurzfassung",
    untitled: "ein Dokument ohne Titel",
    words: "Wörter",
    sentences: "Sätze",
    sections: "Abschnitte",
    quotesNote:
      "Zitate sind der Wortlaut des Dokuments; die Zahl hinter einem Zitat ist die Stelle seines Satzes.",
    about: "Worum es geht:",
    and: "und",
    summary: "In Kürze",
    opening: "Anfang",
    named: "Genannt werden unter anderem",
    part: "Teil",
    check: "Prüfung",
    checked: "Am Dokument geprüft",
    quotes: "Zitate",
    terms: "Begriffe",
    headings: "Überschriften",
    figures: "Zahlen",
    statements: "andere Aussagen",
    found: "Gefunden",
    checkNote:
      "Ein Zitat gilt als gefunden, wenn es Wort für Wort im Dokument steht; eine andere Aussage, wenn ihre Wörter, Namen und Zahlen dort beieinander stehen.",
    closest: "Der ähnlichste Satz des Dokuments",
    thousands: ".",
  },
};
