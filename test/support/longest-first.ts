import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What waits for programs and kubectl comes first: begun last, it would be waited for with half of the processors idle. */
const LONG = [/\/e2e\/readme/, /\/e2e\//, /\/sim\/swarm/, /\/programs\//];

/** Without a record of the last run, as on a fresh clone, vitest knows no more than the size of files. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((pattern) => pattern.test(moduleId));
      return index < 0 ? LONG.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
