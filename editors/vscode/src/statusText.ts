// The session in a few words. Knows nothing of VS Code but how it spells an icon.
import type { SessionState } from './protocol';

/** For example "Glue local: READY" or "Glue: PROVISIONING, 5 × G.1X, $0.12". */
export function statusText(state: SessionState, icon = true): string {
  const engine = state.engine === 'local' ? 'Glue local' : 'Glue';
  const parts = [`${engine}: ${state.status ?? 'no session'}`];
  if (state.workers !== undefined && state.engine !== 'local') parts.push(state.workers);
  if (state.costSoFar !== undefined && state.engine !== 'local') parts.push(`$${state.costSoFar.toFixed(2)}`);
  return (icon ? '$(server-process) ' : '') + parts.join(', ');
}
