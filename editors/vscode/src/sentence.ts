// The server's words as VS Code's messages have them. Knows nothing of VS Code.

/** The same as a sentence of its own: with a capital, and something at its end. What is a name in code stays as it is. */
export function sentence(words: string): string {
  const text = words.trim();
  const begun = /^[a-z]+(?=[ ,;])/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?…]$/.test(begun) || begun === '' ? begun : `${begun}.`;
}
