import type { ComponentProps, ReactNode } from 'react';
import { useId } from 'react';

interface FieldProps extends Omit<ComponentProps<'input'>, 'onChange'> {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  onText(text: string): void;
}

/** A text field with its name, a hint below and what is wrong with it. */
export function Field({
  label,
  hint,
  problem,
  onText,
  className = '',
  ...rest
}: FieldProps): ReactNode {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className={`field ${className}`} data-wrong={problem === undefined ? undefined : true}>
      <label htmlFor={id}>{label}</label>
      <input
        autoComplete="off"
        spellCheck={false}
        {...rest}
        id={id}
        aria-invalid={problem === undefined ? undefined : true}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onChange={(event) => onText(event.target.value)}
      />
      {note === undefined ? null : (
        <span id={`${id}-note`} className="note">
          {note}
        </span>
      )}
    </div>
  );
}

interface Option {
  readonly value: string;
  readonly label: string;
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  /** Whether the name is for screen readers alone. */
  readonly bare?: boolean;
  onValue(value: string): void;
}

export function SelectField(props: SelectFieldProps): ReactNode {
  const { label, value, options, bare = false, onValue } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id} className={bare ? 'hidden' : ''}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onValue(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}

interface SegmentsProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  onValue(value: string): void;
}

/** A choice among a few, all of them in sight. */
export function Segments({ label, value, options, onValue }: SegmentsProps): ReactNode {
  return (
    <fieldset className="segments">
      <legend className="hidden">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={value === option.value}
          onClick={() => onValue(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
