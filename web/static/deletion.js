// The end of the account.
import { $, onSubmit, resetForm } from "./forms.js";
import { say } from "./status.js";

export function deletionPanel(client) {
  const form = $("delete-form");

  onSubmit(form, async (_, fields) => {
    await client.api.deleteAccount(fields);
    say("Your account is deleted. Username and email are free again.");
  });

  return {
    show() {},
    clear: () => resetForm(form),
  };
}
