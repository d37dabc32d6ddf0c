// What happened to the account, page by page.
import { $, clearForm, onSubmit } from "./forms.js";

const PATH = "/api/v1/users/activity?limit=5";

export function activityPanel(api) {
  const form = $("activity-form");
  const more = $("activity-more");
  let next = "";

  async function load(before) {
    const { data } = await api.request("GET", before ? `${PATH}&before=${before}` : PATH);
    if (!before) $("activity-list").replaceChildren();
    for (const event of data.activity) $("activity-list").append(item(event));
    next = data.next;
    more.hidden = !next;
  }

  onSubmit(form, (_, __, button) => load(button === more ? next : ""));

  return {
    show() {},
    clear() {
      clearForm(form);
      $("activity-list").replaceChildren();
      more.hidden = true;
    },
  };
}

function item({ event, at, device, ip }) {
  const li = document.createElement("li");
  const what = document.createElement("strong");
  what.textContent = event.replaceAll("_", " ");
  li.append(what, ` ${new Date(at).toLocaleString()} · ${device} · ${ip}`);
  return li;
}
