// Full name, username, and the language of mail.
import { $, clearForm, onSubmit } from "./forms.js";

const PATH = "/api/v1/users/update-account";

export function profilePanel(api, showAccount) {
  const form = $("profile-form");
  let shown = "";

  onSubmit(form, async (_, fields) => {
    const { data, message } = await api.request("PATCH", PATH, fields);
    showAccount(data);
    return message;
  });

  function offer(locale) {
    const select = form.elements.locale;
    if ([...select.options].some((option) => option.value === locale)) return;
    select.add(new Option(new Intl.DisplayNames(["en"], { type: "language" }).of(locale), locale)); // the operator added it
  }

  return {
    show(user) {
      const version = user.id + user.updatedAt;
      if (version === shown) return; // leave what is being typed
      shown = version;
      offer(user.locale);
      for (const field of ["fullName", "username", "locale"]) form.elements[field].value = user[field];
    },
    clear() {
      shown = "";
      form.reset();
      clearForm(form);
    },
  };
}
