import { type ReactNode, useId } from "react";

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What it is good for, or what it may be. */
  readonly hint?: ReactNode;
  /** Why it cannot stay so. */
  readonly problem?: string | undefined;
  readonly placeholder?: string;
}

function About({
  id,
  hint,
  problem,
}: {
  readonly id: string;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
}) {
  if (hint === undefined && problem === undefined) return null;
  return (
    <p id={id} className={problem === undefined ? "muted make-hint" : "make-problem"}>
      {problem ?? hint}
    </p>
  );
}

/** One line. */
export function TextField({
  label,
  value,
  onChange,
  hint,
  problem,
  placeholder,
  isMono = false,
  inputMode,
}: FieldProps & { readonly isMono?: boolean; readonly inputMode?: "numeric" | "decimal" }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode={inputMode}
        className={isMono ? "make-mono" : undefined}
        autoComplete="off"
        spellCheck={false}
        value={value}
        placeholder={placeholder}
        aria-invalid={problem !== undefined}
        aria-describedby={hint === undefined && problem === undefined ? undefined : `${id}-about`}
        onChange={({ target }) => onChange(target.value)}
      />
      <About id={`${id}-about`} hint={hint} problem={problem} />
    </div>
  );
}

/** Several lines. */
export function AreaField({
  label,
  value,
  onChange,
  hint,
  problem,
  placeholder,
  rows = 3,
}: FieldProps & { readonly rows?: number }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        rows={rows}
        value={value}
        placeholder={placeholder}
        aria-invalid={problem !== undefined}
        aria-describedby={hint === undefined && problem === undefined ? undefined : `${id}-about`}
        onChange={({ target }) => onChange(target.value)}
      />
      <About id={`${id}-about`} hint={hint} problem={problem} />
    </div>
  );
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** One of several; `none` stands for no choice yet. */
export function SelectField({
  label,
  value,
  onChange,
  hint,
  problem,
  choices,
  none,
}: FieldProps & { readonly choices: readonly Choice[]; readonly none?: string }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-invalid={problem !== undefined}
        aria-describedby={hint === undefined && problem === undefined ? undefined : `${id}-about`}
        onChange={({ target }) => onChange(target.value)}
      >
        {none !== undefined && <option value="">{none}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.text}
          </option>
        ))}
      </select>
      <About id={`${id}-about`} hint={hint} problem={problem} />
    </div>
  );
}
