// The session in a few words. Knows nothing of VS Code but how it spells an icon.
import { lives } from './menu';
import type { SessionState } from './protocol';
import { sentence } from './sentence';
import { ageText } from './sessionList';

/** Idleness that is shorter is not told. */
const LEAST_IDLE_SECONDS = 60;

/** For example "Glue local: READY" or "Glue: READY, 5 × G.1X, $0.12, idle 12 min"; `idle` in seconds. */
export function statusText(state: SessionState, icon = true, idle: number | undefined = undefined): string {
  const parts = [`${engineName(state)}: ${state.status ?? 'no session'}`, ...sizeAndCost(state)];
  if (isIdle(state, idle)) parts.push(`idle ${ageText(idle)}`);
  return (icon ? '$(server-process) ' : '') + parts.join(', ');
}

/** The same in sentences, with what the server says of it. For example "Glue, 5 × G.1X, $0.12: the session was stopped." */
export function statusSentence(state: SessionState): string {
  const { status, message } = state;
  // That says what the service's word for it does.
  if (status === 'STOPPED' && message !== undefined) return sentence(`${[engineName(state), ...sizeAndCost(state)].join(', ')}: ${message}`);
  const now = status === undefined ? 'This document has no session.' : `${statusText(state, false)}.`;
  return [now, sentence(message ?? '')].filter(Boolean).join(' ');
}

function engineName({ engine }: SessionState): string {
  return engine === 'local' ? 'Glue local' : 'Glue';
}

/** How large a session is and what it has cost; on this machine neither. */
function sizeAndCost({ engine, workers, costSoFar }: SessionState): string[] {
  if (engine === 'local') return [];
  return [...(workers === undefined ? [] : [workers]), ...(costSoFar === undefined ? [] : [`$${costSoFar.toFixed(2)}`])];
}

/** Whether it is told that a session idles: on this machine that costs nothing. */
export function isIdle(state: SessionState, idle: number | undefined): idle is number {
  return state.status === 'READY' && state.engine !== 'local' && idle !== undefined && idle >= LEAST_IDLE_SECONDS;
}

/** All that is known of it, in paragraphs; `receipt` is what the last run took. */
export function statusDetails(state: SessionState, idle: number | undefined, receipt: string | undefined): string {
  const billed = state.engine !== 'local';
  const facts = [`${billed ? 'Where cells run: AWS' : 'Where cells run: this machine, at no cost'}`];
  if (state.sessionId !== undefined) facts.push(`Session: ${state.sessionId}`);
  if (state.status !== undefined) facts.push(`State: ${state.status}`);
  if (billed && state.workers !== undefined) facts.push(`Workers: ${state.workers}`);
  if (billed && state.costSoFar !== undefined) {
    const hour = state.costPerHour === undefined || !lives(state) ? '' : `, $${state.costPerHour.toFixed(2)} an hour`;
    facts.push(`Cost so far: $${state.costSoFar.toFixed(2)}${hour}`);
  }
  if (isIdle(state, idle)) facts.push(`Idle for ${ageText(idle)}, which costs as much as work`);
  if (state.observed) facts.push('Another kernel has created it. Cells that you run with the kernel Glue (glue-ls) on AWS join it.');
  const parts = [state.message === undefined ? '' : sentence(state.message), facts.join('\n'), receipt === undefined ? '' : `The last run: ${receipt}`];
  return parts.filter(Boolean).join('\n\n');
}
