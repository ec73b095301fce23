// What a click on the status bar offers, in which situation. Knows nothing of VS Code but how it spells an icon.

/** How things are with the document in front. */
export interface Situation {
  /** Where its cells run: `local` or `aws`. */
  engine: string;
  /** The service's word for its session; missing where there is none. */
  status: string | undefined;
  /** Whether another kernel runs its cells. */
  observed: boolean;
  /** Whether cells of it run. */
  running: boolean;
  /** What to type in a terminal to sign in to AWS, where that is missing. */
  signIn: string | undefined;
}

export interface Entry {
  label: string;
  icon: string;
  /** A command of the palette, or one of the menu's own. */
  command: string;
  detail: string | undefined;
}

export interface Group {
  title: string;
  entries: Entry[];
}

interface Row {
  label: string;
  icon: string;
  command: string;
  when?: (now: Situation) => boolean;
  detail?: string | ((now: Situation) => string | undefined);
}

/** The states in which a session is there no more. */
const ENDED = ['STOPPED', 'STOPPING', 'FAILED', 'TIMEOUT'];

/** Whether there is a session that costs something, or may. */
export const lives = ({ status }: { status: string | undefined }): boolean => status !== undefined && !ENDED.includes(status);

const onAws = ({ engine }: Situation) => engine === 'aws';
const none = (now: Situation) => !lives(now);

const TABLE: { title: string; rows: Row[] }[] = [
  {
    title: 'Cells',
    rows: [
      { label: 'Cancel Running Cells', icon: 'debug-pause', command: 'glueLs.cancel', when: ({ running }) => running },
      { label: 'Run All Cells', icon: 'run-all', command: 'glueLs.runAllCells', when: ({ running, observed }) => !running && !observed },
      {
        label: 'Run Cells Here', icon: 'notebook-kernel-select', command: 'glueLs.chooseKernel', when: ({ observed }) => observed,
        detail: 'With the kernel Glue (glue-ls), which on AWS joins this session',
      },
      { label: 'Show Plan', icon: 'list-ordered', command: 'glueLs.showPlan', detail: 'What running the document would do' },
    ],
  },
  {
    title: 'Session',
    rows: [
      {
        label: 'Start Session', icon: 'play', command: 'glueLs.startSession', when: none,
        detail: (now) => (onAws(now) ? 'On AWS, which bills it from its start to its end' : 'On this machine, at no cost'),
      },
      { label: 'Stop Session', icon: 'debug-stop', command: 'glueLs.stopSession', when: lives, detail: 'What runs in it ends, its variables are gone' },
      {
        label: 'Restart Session', icon: 'debug-restart', command: 'glueLs.restartSession', when: (now) => lives(now) && !now.observed,
        detail: 'Stops it, and starts one with the settings of the cells run so far',
      },
      { label: 'Attach to Session…', icon: 'plug', command: 'glueLs.attachSession', when: ({ observed }) => !observed, detail: 'Runs the cells in a session that exists' },
      { label: 'Session Status', icon: 'info', command: 'glueLs.sessionStatus', when: ({ status }) => status !== undefined, detail: (now) => (onAws(now) ? 'Asks AWS how it is' : undefined) },
      { label: 'Open Dashboard', icon: 'graph', command: 'glueLs.openDashboard', when: (now) => lives(now) && onAws(now), detail: "The session's Spark dashboard, in the browser" },
      { label: 'Open Logs', icon: 'output', command: 'glueLs.openLogs', when: (now) => now.status !== undefined && onAws(now), detail: 'In CloudWatch, in the browser' },
      { label: 'Sessions…', icon: 'server-process', command: 'glueLs.sessions', detail: (now) => (onAws(now) ? 'Those of account and region' : undefined) },
    ],
  },
  {
    title: 'Where cells run',
    rows: [
      { label: 'Run Cells on AWS…', icon: 'cloud', command: 'glueLs.runOnAws', when: (now) => !onAws(now) && !now.observed, detail: 'Says first what that costs' },
      { label: 'Run Cells on This Machine…', icon: 'device-desktop', command: 'glueLs.runOnThisMachine', when: (now) => onAws(now) && !now.observed, detail: 'At no cost' },
    ],
  },
  {
    title: 'Account',
    rows: [
      { label: 'Sign In to AWS', icon: 'key', command: 'glueLs.signIn', when: ({ signIn }) => signIn !== undefined, detail: ({ signIn }) => `Runs ${signIn} in a terminal` },
      { label: 'Refresh Account', icon: 'refresh', command: 'glueLs.refreshAccount', detail: 'Has names of the account fetched again' },
      { label: 'Doctor', icon: 'heart', command: 'glueLs.doctor', detail: 'Looks for what keeps sessions from working' },
    ],
  },
];

/** All commands that the menu can name. */
export const MENU_COMMANDS: string[] = TABLE.flatMap(({ rows }) => rows.map(({ command }) => command));

/** What can be done now, in groups; none is empty. */
export function menu(now: Situation): Group[] {
  const groups = TABLE.map(({ title, rows }) => ({
    title,
    entries: rows.filter(({ when }) => when?.(now) ?? true).map(({ label, icon, command, detail }): Entry => {
      return { label, icon, command, detail: typeof detail === 'function' ? detail(now) : detail };
    }),
  }));
  return groups.filter(({ entries }) => entries.length > 0);
}

/**
 * The command with which to sign in that a remedy names, if it is one of those that the server knows.
 *
 * A profile's name stands in it, and it is run by a shell: whatever has a meaning there is none.
 */
export function signInCommand(remedy: string): string | undefined {
  return /^run `(aws (?:sso )?login --profile [A-Za-z0-9_][A-Za-z0-9_.@+-]*)`$/.exec(remedy)?.[1];
}

/** The engine that a glue-ls.toml chooses, which holds before the editor's settings. */
export function projectEngine(toml: string): string | undefined {
  // Behind the first table a name is that of the table's.
  const [top = ''] = toml.split(/^[ \t]*\[/m);
  return /^[ \t]*["']?engine["']?[ \t]*=[ \t]*["'](local|aws)["']/m.exec(top)?.[1];
}
