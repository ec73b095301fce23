// What was offered to the user already: the server repeats an offer for as long as it holds. Knows nothing of VS Code.

/** How many subjects are remembered; the oldest are forgotten first. */
const MOST = 1000;

export class Offers {
  /** What was offered last, by its subject. */
  private readonly last = new Map<string, string>();

  /** Whether this is another offer than the last one about a subject, such as a document's session or a run. */
  isNew(subject: string, what: string): boolean {
    if (this.last.get(subject) === what) return false;
    this.last.delete(subject);
    this.last.set(subject, what);
    for (const oldest of this.last.keys()) {
      if (this.last.size <= MOST) break;
      this.last.delete(oldest);
    }
    return true;
  }

  /** What was offered holds no more; the same may come again. */
  over(subject: string): void {
    this.last.delete(subject);
  }

  /** Whoever has made the offers is gone. */
  clear(): void {
    this.last.clear();
  }
}
