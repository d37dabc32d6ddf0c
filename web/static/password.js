// Another password: it ends the sessions on all other devices.
import { $, onSubmit, resetForm } from "./forms.js";
import { passwordChanged } from "./person.js";

export function passwordPanel(client, showDevices) {
  const form = $("password-form");

  onSubmit(form, async (_, fields) => {
    const { message } = await client.api.changePassword(fields);
    passwordChanged(fields.newPassword);
    await showDevices();
    return `${message}. The sessions on all other devices have ended: see Devices.`;
  });

  return {
    show() {},
    clear: () => resetForm(form),
  };
}
