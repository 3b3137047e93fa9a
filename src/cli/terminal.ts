/** Where a command writes and from where it was called; handed in, so that tests can read what a person would. */
export interface Terminal {
  /** Results: what a script would want to read. */
  out(text: string): void;
  /** Everything else: progress, warnings, errors, logs. */
  err(text: string): void;
  /** Whether standard error is a terminal that a person looks at. */
  readonly isInteractive: boolean;
  /** Whether `err` may carry colours. */
  readonly hasColour: boolean;
  /** Characters per line of `out`. */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths of the command line are relative to. */
  readonly folder: string;
  /** All of standard input as text. */
  readInput(): Promise<string>;
  /** Asks a question and resolves with the line typed, or undefined where there is nobody to ask. */
  ask(question: string): Promise<string | undefined>;
}
