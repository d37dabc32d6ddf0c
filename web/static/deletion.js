// The end of the account.
import { $, clearForm, onSubmit } from "./forms.js";

export function deletionPanel(api, showSignedOut) {
  const form = $("delete-form");

  onSubmit(form, async (_, { password }) => {
    await api.deleteAccount(password);
    showSignedOut("Your account is deleted. Username and email are free again.");
  });

  return {
    show() {},
    clear() {
      form.reset();
      clearForm(form);
    },
  };
}
