// Names of the account as the views list them: what the server answers, and what is kept of it. Knows nothing of VS Code.
import { type Action, actionsOf, isFields, text } from './protocol';

export type NameKind = 'connections' | 'databases' | 'tables' | 'columns';

/** A list that can be asked for. */
export interface Wanted {
  kind: NameKind;
  database?: string;
  table?: string;
}

export interface Name extends Wanted {
  name: string;
  detail: string;
  /** Markdown. */
  documentation: string;
  /** What to write in a cell for it; missing where it cannot be written. */
  insert: string | undefined;
}

export interface NameList {
  state: 'ready' | 'loading' | 'unavailable';
  message: string | undefined;
  remedy: string | undefined;
  region: string | undefined;
  /** Whether that is all there is. */
  complete: boolean;
  items: Name[];
  /** What can be done about it. */
  actions: Action[];
}

const STATES = ['ready', 'loading', 'unavailable'] as const;

export function nameList(answer: unknown, wanted: Wanted): NameList | undefined {
  if (!isFields(answer) || !Array.isArray(answer['items'])) return undefined;
  const state = STATES.find((name) => name === answer['state']);
  if (state === undefined) return undefined;
  const items = answer['items'].filter(isFields).flatMap((item): Name[] => {
    const name = text(item['name']);
    if (name === undefined) return [];
    return [{ ...wanted, name, detail: text(item['detail']) ?? '', documentation: text(item['documentation']) ?? '', insert: text(item['insert']) }];
  });
  const [message, remedy, region] = [text(answer['message']), text(answer['remedy']), text(answer['region'])];
  return { state, message, remedy, region, complete: answer['complete'] === true, items, actions: actionsOf(answer) };
}

/** A list that could not be asked for. */
export function unavailable(message: string): NameList {
  return { state: 'unavailable', message, remedy: undefined, region: undefined, complete: false, items: [], actions: [] };
}

/** The list behind a name; none behind those that hold nothing. */
export function inside({ kind, name, database }: Name): Wanted | undefined {
  if (kind === 'databases') return { kind: 'tables', database: name };
  if (kind === 'tables' && database !== undefined) return { kind: 'columns', database, table: name };
  return undefined;
}

/** What copying a name copies: of a table, with its database. */
export function copied({ kind, name, insert }: Name): string {
  return kind === 'tables' ? (insert ?? name) : name;
}

const PLURAL: Record<NameKind, string> = { connections: 'connections', databases: 'databases', tables: 'tables', columns: 'columns' };

/** A row that is no name: what keeps the list from being there, or that it is not all. */
export interface Note {
  label: string;
  /** More of it. */
  tooltip: string;
  icon: 'loading~spin' | 'warning' | 'info' | 'arrow-right';
  action: Action | undefined;
}

/** What is said of a list, above its names; `sentence` makes sentences of the server's words. */
export function notes(list: NameList, kind: NameKind, sentence: (words: string) => string): Note[] {
  const { state, message, remedy, items, complete, actions } = list;
  if (state === 'loading') {
    // With names from before in sight there is nothing to wait for.
    if (items.length > 0) return [];
    return [{ label: `Asking for ${PLURAL[kind]}…`, tooltip: sentence(message ?? ''), icon: 'loading~spin', action: undefined }];
  }
  if (state === 'unavailable') {
    const what = sentence(message ?? 'The names are not known');
    const how = remedy === undefined ? '' : sentence(`What to do: ${remedy}`);
    const rows: Note[] = [{ label: what, tooltip: [what, how].filter(Boolean).join('\n\n'), icon: 'warning', action: undefined }];
    if (how !== '') rows.push({ label: how, tooltip: how, icon: 'info', action: undefined });
    return [...rows, ...actions.map((action): Note => ({ label: action.title, tooltip: action.title, icon: 'arrow-right', action }))];
  }
  if (items.length === 0) return [{ label: `No ${PLURAL[kind]}`, tooltip: '', icon: 'info', action: undefined }];
  if (complete) return [];
  return [{ label: `The first ${items.length} only`, tooltip: `There are more ${PLURAL[kind]} than are listed.`, icon: 'info', action: undefined }];
}

interface Held {
  wanted: Wanted;
  list: NameList | undefined;
  asking: Promise<NameList> | undefined;
  /** Whether to ask once more when the answer is there. */
  again: boolean;
}

/**
 * The lists that were asked for.
 *
 * A list that is ready is not asked for again because something else became known: it would be fetched anew when it is old,
 * and of many lists each would drive another one out of the server.
 */
export class Lists {
  private readonly held = new Map<string, Held>();

  /** `ask` must not reject; `changed` is told when a list is not what `get` gave. */
  constructor(
    private readonly ask: (wanted: Wanted) => Promise<NameList>,
    private readonly changed: () => void,
  ) {}

  /** What is known of a list; asks for it where nothing is. */
  get(wanted: Wanted): Promise<NameList> {
    const key = keyOf(wanted);
    const held = this.held.get(key) ?? { wanted, list: undefined, asking: undefined, again: false };
    this.held.set(key, held);
    return held.list === undefined ? this.begin(key, held) : Promise.resolve(held.list);
  }

  /** More is known now: what was not there may be. */
  news(): void {
    this.renew(({ list }) => list?.state !== 'ready');
  }

  /** All may be other than it was. */
  again(): void {
    this.renew(() => true);
  }

  /** Whether nothing is known of any list. */
  get isEmpty(): boolean {
    return this.held.size === 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.held.clear();
  }

  private renew(which: (held: Held) => boolean): void {
    for (const [key, held] of [...this.held].filter(([, held]) => which(held))) {
      if (held.asking !== undefined) held.again = true;
      else void this.begin(key, held);
    }
  }

  private begin(key: string, held: Held): Promise<NameList> {
    held.asking ??= this.ask(held.wanted).then((list) => {
      held.asking = undefined;
      const before = held.list;
      held.list = list;
      // Forgotten meanwhile.
      if (this.held.get(key) !== held) return list;
      if (held.again) {
        held.again = false;
        void this.begin(key, held);
      }
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(list)) this.changed();
      return list;
    });
    return held.asking;
  }
}

function keyOf({ kind, database, table }: Wanted): string {
  return JSON.stringify([kind, database, table]);
}
