// A stolen session, step by step, against the real API: lanes You and Thief.
import { duration } from "./duration.js";
import { tail } from "./exchanges.js";
import { $, clearForm, make, onSubmit } from "./forms.js";
import { currentUserWith, refreshWith, signInSecond, signOutWith } from "./second.js";

const grace = Number(document.body.dataset.grace);

export function theftPanel(exchanges, changed) {
  const yours = exchanges.fetchOf("second device");
  const thiefs = exchanges.fetchOf("thief");
  const form = $("theft-form");
  let user, step, stolen, you, replaced, clock;

  const steps = [
    { button: "Begin", act: signIn },
    { button: "The thief copies the token", act: copy },
    { button: "You refresh", act: refresh },
    { button: "The thief replays the copy", act: replayInGrace },
    { button: "You use the new token", act: use },
    { button: "The thief replays it again", act: replayLate },
  ];

  async function signIn() {
    you = await signInSecond(yours, user.email);
    if (!you) return;
    $("theft-stage").hidden = false;
    add("you", "You sign in on a second device. It keeps its tokens in the page.", tail(you.refreshToken));
    step++;
  }

  async function copy() {
    stolen = { ...you };
    add("thief", "A script that got into the page copies the refresh token.", tail(stolen.refreshToken));
    step++;
  }

  async function refresh() {
    you = wanted(await refreshWith(yours, you));
    replaced = Date.now();
    add("you", "You refresh. The old token is spent, and you have its successor.", tail(you.refreshToken));
    step++;
  }

  async function replayInGrace() {
    const data = wanted(await refreshWith(thiefs, stolen));
    const same = data.refreshToken === you.refreshToken;
    add("thief", same
      ? "The thief replays the copy. It could be a second tab of yours, so the answer is the same successor: no second line of tokens begins."
      : "The thief replays the copy and gets another token.", tail(data.refreshToken));
    step++;
  }

  async function use() {
    wanted(await currentUserWith(yours, you));
    add("you", "You use the access token. Now the server knows that the answer arrived, and answers the old token only until its grace is over.", "200");
    step++;
    countDown();
  }

  function countDown() {
    const left = replaced + grace - Date.now();
    form.querySelector(".form-note").textContent = left > 0 ? `The grace of the old token ends in ${duration(left)}.` : "The grace of the old token is over.";
    clearTimeout(clock);
    if (left > 0) clock = setTimeout(countDown, 1000);
  }

  async function replayLate() {
    clearTimeout(clock);
    const { status, answer } = await refreshWith(thiefs, stolen);
    if (status === 200) {
      countDown();
      return "Still within the grace: the same successor again. Wait for its end.";
    }
    add("thief", "The thief replays the old token. Nobody honest has a reason to: this is a theft, and the session ends at once.", answer.code, true);
    const after = await refreshWith(yours, you);
    add("you", "Your refresh is refused too. Both are out; you sign in again, and the thief cannot. The session of this browser goes on.", after.answer.code, true);
    step++;
    changed();
  }

  function add(who, text, result, out = false) {
    const item = make("li", {}, make("p", {}, make("strong", { textContent: who === "you" ? "You. " : "Thief. ", className: "away" }), text), make("code", { textContent: result }));
    item.dataset.who = who;
    if (out) item.dataset.out = $("theft-stage").dataset.out = "true";
    $("theft-steps").append(item);
  }

  function draw() {
    const next = steps[step];
    $("theft-next").hidden = !next;
    $("theft-next").textContent = next?.button ?? "";
    $("theft-again").hidden = step === 0;
  }

  function restart() {
    if (you && step < steps.length) signOutWith(yours, you).catch(() => {}); // it would end by itself
    clearTimeout(clock);
    step = 0;
    you = stolen = null;
    $("theft-steps").replaceChildren();
    $("theft-stage").hidden = true;
    delete $("theft-stage").dataset.out;
    clearForm(form);
    draw();
  }

  onSubmit(form, async () => {
    const note = await steps[step].act();
    draw();
    return note;
  });
  $("theft-again").addEventListener("click", () => {
    restart();
    $("theft-next").focus();
  });
  restart();

  return {
    show: (shown) => (user = shown),
    clear: restart,
  };
}

function wanted({ status, answer }) {
  if (status !== 200) throw answer;
  return answer.data;
}
