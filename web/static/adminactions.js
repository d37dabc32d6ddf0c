// What an administrator does to an account. The API says what is refused, and why.
import { confirmed } from "./adminconfirm.js";
import { $, clearForm, onSubmit } from "./forms.js";
import { say } from "./status.js";

const FORMS = ["access", "unlock", "role", "reset", "delete"].map((name) => $(`${name}-form`));

/** changed(user) loads the user again. */
export function actionForms(api, changed) {
  let user = null;

  /** Makes a form do something to the user that is shown when its button is pressed. */
  function action(form, act) {
    onSubmit(form, async (_, fields) => {
      const target = user;
      const answer = await act(target, fields);
      if (!answer) return undefined;
      await changed(target);
      return answer.message;
    });
  }

  action($("access-form"), async ({ id, username, disabled }) => {
    if (disabled) return api.enable(id);
    const question = { title: `Disable ${username}?`, text: "All sessions end now, on every device, and nobody can sign in to this account.", yes: "Disable" };
    return (await confirmed(question)) && api.disable(id);
  });
  action($("unlock-form"), ({ id }) => api.unlock(id));
  action($("role-form"), ({ id }, { role }) => api.setRole(id, role));
  action($("reset-form"), ({ id }) => api.sendReset(id));

  onSubmit($("delete-form"), async () => {
    const { id, username } = user;
    const question = { title: `Delete ${username}?`, text: "The account goes for good. Username and email are free again.", yes: "Delete for good", word: username };
    if (!(await confirmed(question))) return;
    await api.delete(id);
    say(`${username} is deleted.`);
    location.replace("#/users"); // Back must not lead to an account that is gone
  });

  return {
    show(shown) {
      user = shown;
      $("access-text").textContent = user.disabled ? "The account is disabled: nobody can sign in to it." : "The account is enabled.";
      $("access-button").textContent = user.disabled ? "Enable the account" : "Disable the account";
      $("access-button").classList.toggle("danger", !user.disabled);
      $("unlock-text").textContent = user.locked ? "Too many wrong passwords in a row: no password opens this account." : "The password is not locked. Unlocking starts the count of wrong ones anew.";
      $("role-role").value = user.role;
    },
    clear() {
      user = null;
      FORMS.forEach(clearForm);
    },
  };
}
