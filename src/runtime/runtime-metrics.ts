/** What the runtime counts, under the names that controller-runtime and client-go gave it (kubernetes.md 1.3). */
import type { Metrics, Series } from '../telemetry/metrics.ts';

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

export interface QueueMetrics {
  readonly depth: Series;
  readonly adds: Series;
  readonly queueDuration: Series;
  readonly workDuration: Series;
  readonly unfinished: Series;
  readonly longestRunning: Series;
  readonly retries: Series;
}

export function queueMetrics(metrics: Metrics, name: string): QueueMetrics {
  const labels = ['name'];
  const gauge = (suffix: string, help: string) => metrics.gauge({ name: `workqueue_${suffix}`, help, labels }).of(name);
  const counter = (suffix: string, help: string) =>
    metrics.counter({ name: `workqueue_${suffix}`, help, labels }).of(name);
  const histogram = (suffix: string, help: string) =>
    metrics.histogram({ name: `workqueue_${suffix}`, help, labels }, SECONDS).of(name);
  return {
    depth: gauge('depth', 'Keys that wait.'),
    adds: counter('adds_total', 'Keys added.'),
    queueDuration: histogram('queue_duration_seconds', 'How long a key waited.'),
    workDuration: histogram('work_duration_seconds', 'How long a key was worked on.'),
    unfinished: gauge('unfinished_work_seconds', 'Seconds of work under way, summed.'),
    longestRunning: gauge('longest_running_processor_seconds', 'How long the oldest work under way has taken.'),
    retries: counter('retries_total', 'Keys added again after a failure.'),
  };
}

export type ReconcileResult = 'success' | 'error' | 'requeue_after';

export interface ControllerMetrics {
  readonly results: Readonly<Record<ReconcileResult, Series>>;
  readonly errors: Series;
  readonly terminal: Series;
  readonly panics: Series;
  readonly seconds: Series;
  readonly active: Series;
}

export function controllerMetrics(metrics: Metrics, controller: string, concurrency: number): ControllerMetrics {
  const name = (suffix: string) => `controller_runtime_${suffix}`;
  const labels = ['controller'];
  const counter = (suffix: string, help: string) =>
    metrics.counter({ name: name(suffix), help, labels }).of(controller);
  const results = metrics.counter({
    name: name('reconcile_total'),
    help: 'Reconciliations by result.',
    labels: ['controller', 'result'],
  });
  metrics
    .gauge({ name: name('max_concurrent_reconciles'), help: 'Keys worked on at once, at most.', labels })
    .of(controller)
    .set(concurrency);
  return {
    results: {
      success: results.of(controller, 'success'),
      error: results.of(controller, 'error'),
      requeue_after: results.of(controller, 'requeue_after'),
    },
    errors: counter('reconcile_errors_total', 'Reconciliations that failed.'),
    terminal: counter('terminal_reconcile_errors_total', 'Failures that are not tried again.'),
    panics: counter('reconcile_panics_total', 'Failures that are defects.'),
    seconds: metrics
      .histogram({ name: name('reconcile_time_seconds'), help: 'Time of one reconciliation.', labels }, SECONDS)
      .of(controller),
    active: metrics.gauge({ name: name('active_workers'), help: 'Keys worked on now.', labels }).of(controller),
  };
}

export function leaderMetric(metrics: Metrics, name: string): Series {
  return metrics
    .gauge({ name: 'leader_election_master_status', help: '1 while this process leads.', labels: ['name'] })
    .of(name);
}

/** For the http transport's `observe`. */
export function requestObserver(metrics: Metrics): (method: string, code: string, ms: number) => void {
  const total = metrics.counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by answer.',
    labels: ['code', 'method'],
  });
  const seconds = metrics.histogram(
    { name: 'rest_client_request_duration_seconds', help: 'Time to the whole answer.', labels: ['method'] },
    SECONDS,
  );
  return (method, code, ms) => {
    total.of(code, method).add(1);
    seconds.of(method).observe(ms / 1000);
  };
}
