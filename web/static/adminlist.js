// A list that grows page by page.
import { $, clearForm, onSubmit, showErrors } from "./forms.js";

/**
 * load(filters, signal) returns {items, next}; with the cursor next among the filters
 * it returns the page behind. row makes an element of an item.
 */
export function growingList(name, load, row) {
  const form = $(`${name}-list`);
  const rows = $(`${name}-rows`);
  let filters = {}; // of the rows shown
  let next = "";

  function add({ items, next: cursor }) {
    const added = items.map(row);
    rows.append(...added);
    next = cursor;
    const { length } = rows.children;
    $(`${name}-more`).hidden = !next;
    $(`${name}-empty`).hidden = length > 0;
    $(`${name}-count`).textContent = length ? `${length} shown${next ? "" : ", no more"}` : "";
    return added;
  }

  onSubmit(form, async () => {
    const before = filters;
    const page = await load({ ...filters, cursor: next });
    if (filters !== before) return; // another list has taken the place
    add(page)[0]?.querySelector("a, button")?.focus(); // a reader goes on there
  });

  return {
    async show(given, signal) {
      form.ariaBusy = "false"; // of a page for the list before
      const page = await load(given, signal);
      signal?.throwIfAborted();
      clearForm(form);
      filters = given;
      rows.replaceChildren();
      add(page);
    },
    clear() {
      filters = {};
      rows.replaceChildren();
      add({ items: [], next: "" });
      clearForm(form);
    },
  };
}

/** Shows the list, and beside its filter what the API does not accept. */
export async function showFiltered(list, form, filters, signal) {
  clearForm(form);
  try {
    await list.show(filters, signal);
  } catch (error) {
    if (!error.errors?.length || signal.aborted) throw error;
    list.clear();
    showErrors(form, error);
  }
}
