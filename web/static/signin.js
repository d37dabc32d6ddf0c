// Sign-in, sign-up, a forgotten password, and a mail that was not opened yet.
import { $, clearForm, onSubmit } from "./forms.js";

const FORGOT = "/api/v1/auth/forgot-password";
const RESEND = "/api/v1/auth/resend-verification";

/** showAccount(user, text) is called when somebody has signed in. */
export function signinPanels(api, showAccount) {
  const login = $("login-form");
  const register = $("register-form");
  const unverified = $("unverified-form");
  const forgot = $("forgot-form");

  onSubmit(register, async (form, fields) => {
    const { data } = await api.register(fields);
    form.reset();
    if (data.accessTokenExpiresAt) return showAccount(data.user, `Welcome, ${data.user.fullName}. You are signed in.`);
    askToVerify(data.user.email, "Look into your mail and open the link in it. Then sign in.");
  });

  onSubmit(login, async (form, { identifier, password }) => {
    const name = identifier.includes("@") ? "email" : "username"; // a username is never an email address
    try {
      const { data } = await api.login({ [name]: identifier, password });
      form.reset();
      showAccount(data.user, `Welcome back, ${data.user.fullName}.`);
    } catch (error) {
      if (error.code !== "email_not_verified") throw error;
      askToVerify(name === "email" ? identifier : "", "Your email is not confirmed yet. Open the link in the mail that was sent to it.");
    }
  });

  function askToVerify(email, text) {
    clearForm(unverified);
    $("unverified-text").textContent = text;
    unverified.elements.email.value = email;
    unverified.hidden = false;
    $("unverified-title").focus();
  }

  onSubmit(unverified, async (_, fields) => (await api.request("POST", RESEND, fields)).message);
  onSubmit(forgot, async (_, fields) => (await api.request("POST", FORGOT, fields)).message);

  $("forgot-open").addEventListener("click", () => {
    forgot.hidden = false;
    forgot.elements.email.focus();
  });

  return {
    clear() {
      unverified.hidden = true;
      forgot.hidden = true;
    },
  };
}
