// Another email address, and the link that confirms the present one.
import { $, onClick, onSubmit, resetForm } from "./forms.js";

export function emailPanel(client) {
  const form = $("email-form");
  let email = "";

  onSubmit(form, async (_, fields) => (await client.api.changeEmail(fields)).message);
  onClick($("email-resend"), async () => (await client.api.resendVerification({ email })).message);

  return {
    show(user) {
      email = user.email;
      $("email-resend").hidden = user.emailVerified;
    },
    clear: () => resetForm(form),
  };
}
