import { html } from "../lib/html.js";
import { returnPath } from "../lib/return-path.js";
import { register } from "../net/api.js";
import { signIn } from "../net/session.js";
import { Field, FormProblem, useSubmit } from "../ui/forms.js";
import { mount, useSession } from "../ui/frame.js";
import { Top } from "../ui/top.js";

const FIELDS = ["email", "username", "display_name", "password", "password_confirm"];

function Register() {
  const session = useSession();
  const { busy, problem, submit } = useSubmit(async ({ display_name: name, ...fields }) => {
    await register({ ...fields, ...(name.trim() ? { display_name: name.trim() } : {}) });
    await signIn(fields.email, fields.password);
    location.assign(returnPath());
  });
  const wrong = (path) => problem?.of?.(path);
  return html`<${Top} session=${session} />
    <main id="main" class="card sheet stack">
      <h1>Take a seat</h1>
      <p class="quiet">An account lets you host parties and see how they went.</p>
      <${FormProblem} problem=${problem} fields=${FIELDS} />
      <form class="stack" onSubmit=${submit}>
        <${Field} label="E-mail" name="email" type="email" autocomplete="email" required autofocus wrong=${wrong("email")} />
        <${Field} label="Username" name="username" autocomplete="username" required wrong=${wrong("username")}
          hint="Letters, digits, dots, dashes and underscores." />
        <${Field} label="Display name" name="display_name" autocomplete="name" wrong=${wrong("display_name")}
          hint="What others see. Left empty, it is your username." />
        <${Field} label="Password" name="password" type="password" autocomplete="new-password" required minlength="8"
          wrong=${wrong("password")} hint="At least 8 characters; a sentence is good." />
        <${Field} label="Password again" name="password_confirm" type="password" autocomplete="new-password" required
          wrong=${wrong("password_confirm")} />
        <button class="button primary big" disabled=${busy}>${busy ? "Creating…" : "Create account"}</button>
      </form>
      <p class="small quiet">Already have one? <a href=${`/signin${location.search}`}>Sign in</a></p>
    </main>`;
}

mount(Register);
