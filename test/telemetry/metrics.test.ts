import { describe, expect, it } from 'vitest';
import { MetricRegistry } from '../../src/telemetry/metrics.ts';

describe('MetricRegistry', () => {
  it('writes what was counted as Prometheus reads it', () => {
    const registry = new MetricRegistry();
    const total = registry.counter({ name: 'work_total', help: 'Work\ndone.', labels: ['who'] });
    total.of('a').add(2);
    total.of('say "b"').add(1);
    registry
      .counter({ name: 'work_total', help: 'Work.', labels: ['who'] })
      .of('a')
      .add(1);
    registry.gauge({ name: 'depth', help: 'Depth.' }).of().set(4);
    const seconds = registry.histogram({ name: 'seconds', help: 'Time.' }, [0.1, 1]).of();
    for (const value of [0.05, 0.1, 0.5, 3]) seconds.observe(value);
    expect(registry.exposition().split('\n')).toEqual([
      '# HELP work_total Work\\ndone.',
      '# TYPE work_total counter',
      'work_total{who="a"} 3',
      'work_total{who="say \\"b\\""} 1',
      '# HELP depth Depth.',
      '# TYPE depth gauge',
      'depth 4',
      '# HELP seconds Time.',
      '# TYPE seconds histogram',
      'seconds_bucket{le="0.1"} 2',
      'seconds_bucket{le="1"} 3',
      'seconds_bucket{le="+Inf"} 4',
      'seconds_sum 3.65',
      'seconds_count 4',
      '',
    ]);
    expect(registry.value('work_total', 'a')).toBe(3);
    expect(registry.value('work_total', 'nobody')).toBe(0);
  });

  it('refuses a wrong number of labels and a name used for two things', () => {
    const registry = new MetricRegistry();
    const metric = registry.counter({ name: 'n', help: 'N.', labels: ['a'] });
    expect(() => metric.of()).toThrow('n has 1 labels, not 0');
    expect(() => registry.gauge({ name: 'n', help: 'N.' })).toThrow('n is a counter, not a gauge');
  });
});
