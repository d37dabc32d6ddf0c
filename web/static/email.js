// Another email address, and the link that confirms the present one.
import { $, clearForm, onClick, onSubmit } from "./forms.js";

const CHANGE = "/api/v1/users/change-email";
const RESEND = "/api/v1/auth/resend-verification";

export function emailPanel(api) {
  const form = $("email-form");
  let email = "";

  onSubmit(form, async (_, fields) => (await api.request("POST", CHANGE, fields)).message);
  onClick($("email-resend"), async () => (await api.request("POST", RESEND, { email })).message);

  return {
    show(user) {
      email = user.email;
      $("email-resend").hidden = user.emailVerified;
    },
    clear() {
      form.reset();
      clearForm(form);
    },
  };
}
