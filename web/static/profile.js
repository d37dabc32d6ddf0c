// Full name, username, and the language of mail.
import { when } from "./duration.js";
import { $, onSubmit, resetForm } from "./forms.js";
import { languageName } from "./language.js";

export function profilePanel(client) {
  const form = $("profile-form");
  let shown = "";

  onSubmit(form, async (_, fields) => {
    const { message } = await client.api.updateAccount(fields);
    await client.session.refetch();
    return message;
  });

  function offer(locale) {
    const select = form.elements.locale;
    if ([...select.options].some((option) => option.value === locale)) return;
    select.add(new Option(languageName(locale), locale)); // the operator added it
  }

  return {
    show(user) {
      $("account-role").textContent = user.role;
      $("account-created").textContent = when(user.createdAt);
      const version = user.id + user.updatedAt;
      if (version === shown) return; // leave what is being typed
      shown = version;
      offer(user.locale);
      for (const field of ["fullName", "username", "locale"]) form.elements[field].value = user[field];
    },
    clear() {
      shown = "";
      resetForm(form);
    },
  };
}
