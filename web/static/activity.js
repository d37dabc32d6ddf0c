// What happened to the account, page by page.
import { when } from "./duration.js";
import { $, clearForm, make, onSubmit } from "./forms.js";

const PAGE = 5; // events

export function activityPanel(client) {
  const form = $("activity-form");
  const more = $("activity-more");
  const panel = $("activity");
  let next = "";

  async function load(before) {
    const { data } = await client.api.listActivity(before ? { limit: PAGE, before } : { limit: PAGE });
    if (!before) $("activity-list").replaceChildren();
    $("activity-list").append(...data.activity.map(item));
    next = data.next;
    more.hidden = !next;
  }

  onSubmit(form, (_, __, button) => load(button === more ? next : ""));
  panel.addEventListener("toggle", () => panel.open && !$("activity-list").children.length && $("activity-latest").click());

  return {
    show() {},
    clear() {
      panel.open = false;
      clearForm(form);
      $("activity-list").replaceChildren();
      more.hidden = true;
    },
  };
}

function item({ event, at, device, ip }) {
  const what = make("p", {}, make("strong", { textContent: event.replaceAll("_", " ") }));
  return make("li", {}, make("div", { className: "about" }, what, make("p", { className: "quiet", textContent: `${when(at)} · ${device} · ${ip}` })));
}
