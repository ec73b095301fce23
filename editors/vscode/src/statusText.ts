// The session in a few words. Knows nothing of VS Code but how it spells an icon.
import type { SessionState } from './protocol';

const MINUTE = 60_000;

/** For example "Glue local: READY" or "Glue: PROVISIONING, 5 × G.1X, $0.12"; of an observed session also "idle 7 min". */
export function statusText(state: SessionState, icon = true, now = Date.now()): string {
  const engine = state.engine === 'local' ? 'Glue local' : 'Glue';
  const parts = [`${engine}: ${state.status ?? 'no session'}`];
  if (state.workers !== undefined && state.engine !== 'local') parts.push(state.workers);
  if (state.costSoFar !== undefined && state.engine !== 'local') parts.push(`$${state.costSoFar.toFixed(2)}`);
  const idle = idleMinutes(state, now);
  if (idle !== undefined) parts.push(`idle ${idle} min`);
  return (icon ? '$(server-process) ' : '') + parts.join(', ');
}

/** For how many whole minutes nothing has run in an observed session; undefined where something runs, or where that is not known. */
function idleMinutes({ observed, status, idleSince }: SessionState, now: number): number | undefined {
  if (!observed || status !== 'READY' || idleSince === undefined) return undefined;
  return Math.floor(Math.max(now - idleSince, 0) / MINUTE);
}

/** In how many milliseconds the text will be another one; undefined where time does not change it. */
export function untilNextText(state: SessionState, now = Date.now()): number | undefined {
  if (idleMinutes(state, now) === undefined || state.idleSince === undefined) return undefined;
  return MINUTE - (Math.max(now - state.idleSince, 0) % MINUTE);
}
