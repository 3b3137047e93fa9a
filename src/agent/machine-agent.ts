import { virtualMachineConditions } from '../api/conditions.ts';
import type { VirtualMachine } from '../api/virtual-machine.ts';
import { rfc3339 } from '../base/units.ts';
import type { MachineReport } from '../hypervisor/backend.ts';
import { isSaid } from '../model/said.ts';
import { say } from '../runtime/conditions.ts';
import type { ControlPlane } from '../runtime/control-plane.ts';
import { Controller, done, type Outcome } from '../runtime/controller.ts';
import { nameOf } from '../runtime/keys.ts';
import { reporting, watching } from '../runtime/source.ts';
import { machineStatus, runningCondition, weightOf } from './machine-status.ts';

const CONCURRENCY = 64;

/** Writes into the status of VirtualMachines what their machines report. Keys are the uids of the objects. */
export function machineAgent(plane: ControlPlane): Controller {
  const { objects, machines, clock, random, logger, metrics } = plane;
  return new Controller({
    name: 'agent-machines',
    clock,
    random,
    logger,
    metrics,
    concurrency: CONCURRENCY,
    sources: [
      watching(objects.virtualMachines, ({ namespace, before, after }) =>
        after !== undefined && isNews(before, after) ? [`${namespace}/${after.metadata.uid}`] : [],
      ),
      reporting(machines, ({ kind, namespace, id }) => (kind === 'Machine' ? [`${namespace}/${id}`] : [])),
    ],
    reconcile: (key) => {
      const { namespace = '', name: uid } = nameOf(key);
      const vm = objects.virtualMachines.view().by('uid', namespace, uid)[0];
      const report = machines.machine(namespace, uid);
      return vm === undefined || report === undefined ? done : tell(plane, vm, report);
    },
  });
}

/**
 * A machine may have reported before its object was known here; and what was written of it and never answered may be
 * what is no longer so.
 */
function isNews(before: VirtualMachine | undefined, { status: after }: VirtualMachine): boolean {
  if (before === undefined) return true;
  const { status } = before;
  return (
    status.power !== after.power ||
    status.guest?.state !== after.guest?.state ||
    status.staleInstances?.length !== after.staleInstances?.length
  );
}

async function tell(plane: ControlPlane, vm: VirtualMachine, report: MachineReport): Promise<Outcome> {
  const wanted = machineStatus(report);
  const running = runningCondition(report);
  const { cpu, memory } = report.config;
  const mhz = plane.machines.host(report.namespace, report.host)?.capacity.cpuMHz ?? 0;
  const cores = plane.objects.hosts.get(report.namespace, report.host)?.spec.cpu;
  const perCore = cores === undefined ? mhz : cores.mhz;
  const isSaidBy = ({ status }: VirtualMachine) => isSaid(status.conditions, running);
  const weightFor = (present: VirtualMachine) =>
    isSaidBy(present) ? weightOf(present.status, wanted, cpu.count * perCore, memory.size) : 'State';
  const weight = weightFor(vm);
  // What waits to be written may say what is no longer so: this takes its place.
  if (weight === 'None' && !plane.status.virtualMachines.isBusy(vm)) return done;
  const observedGeneration = vm.metadata.generation ?? 0;
  const context = { now: rfc3339(plane.clock.now()), order: virtualMachineConditions, observedGeneration };
  const writing = plane.status.virtualMachines.contribute(
    'agent',
    vm,
    (draft, present) => {
      if (weightFor(present) === 'None') return;
      for (const [name, value] of Object.entries(wanted)) {
        if (value === undefined) delete (draft as Record<string, unknown>)[name];
        else (draft as Record<string, unknown>)[name] = value;
      }
      if (!isSaidBy(present)) say(draft, [running], context);
    },
    { isUrgent: weight === 'State', replaces: 'report' },
  );
  if (weight === 'State') await writing;
  return done;
}
