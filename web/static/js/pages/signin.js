import { html } from "../lib/html.js";
import { returnPath } from "../lib/return-path.js";
import { signIn } from "../net/session.js";
import { Field, FormProblem, useSubmit } from "../ui/forms.js";
import { mount, useSession } from "../ui/frame.js";
import { Top } from "../ui/top.js";

function SignIn() {
  const session = useSession();
  const { busy, problem, submit } = useSubmit(async ({ email, password }) => {
    await signIn(email, password);
    location.assign(returnPath());
  });
  return html`<${Top} session=${session} />
    <main id="main" class="card sheet stack">
      <h1>Welcome back</h1>
      <p class="quiet">The lights go down in a moment.</p>
      <${FormProblem} problem=${problem} />
      <form class="stack" onSubmit=${submit}>
        <${Field} label="E-mail" name="email" type="email" autocomplete="username" required autofocus />
        <${Field} label="Password" name="password" type="password" autocomplete="current-password" required />
        <button class="button primary big" disabled=${busy}>${busy ? "Signing in…" : "Sign in"}</button>
      </form>
      <p class="small quiet"><a href="/forgot">Forgot your password?</a></p>
      <p class="small quiet">New here? <a href=${`/register${location.search}`}>Create an account</a></p>
    </main>`;
}

mount(SignIn);
