import { OrreryError } from '../base/errors.ts';
import { ApiError, ConnectionError } from '../client/port.ts';

/** What to print of something that was thrown, and the exit code that goes with it. */
export interface Problem {
  readonly text: string;
  readonly exitCode: number;
}

/** Where a defect happened, for the report. */
export interface Circumstances {
  readonly version: string;
  readonly command: string;
}

/**
 * One line with the fix for what a person can mend; the stack and how to report it for what is our mistake.
 */
export function describeProblem(thrown: unknown, { version, command }: Circumstances): Problem {
  if (thrown instanceof OrreryError) return { text: `orrery: ${thrown.message}`, exitCode: thrown.exitCode };
  if (thrown instanceof ApiError) {
    return { text: `orrery: the API server refused: ${thrown.message} (${thrown.code} ${thrown.reason})`, exitCode: 1 };
  }
  if (thrown instanceof ConnectionError) {
    return { text: `orrery: no answer from the API server: ${thrown.message} (check that it runs)`, exitCode: 1 };
  }
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : `thrown: ${String(thrown)}`;
  return {
    text: [
      'orrery: this is a defect of Orrery, not of what you did:',
      stack,
      `Please report it with these lines: orrery ${version} ${command}, node ${process.versions.node}, ${process.platform} ${process.arch}`,
    ].join('\n'),
    exitCode: 70, // EX_SOFTWARE of sysexits.h
  };
}
