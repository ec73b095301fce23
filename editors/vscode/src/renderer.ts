// Shows the tables that the server has found in a text. Runs in the web view of a notebook's outputs.

interface Item {
  text(): string;
}

export function activate(): { renderOutputItem(item: Item, element: { innerHTML: string }): void } {
  return {
    renderOutputItem: (item, element) => {
      // The server has escaped all that comes from cells.
      element.innerHTML = item.text();
    },
  };
}
