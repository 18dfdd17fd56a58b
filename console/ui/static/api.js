// Requests to the page's own server. The token comes in the address, and is taken out of it at once.

const KEY = "console-ui-token";

function tokenOfThisPage() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return given || sessionStorage.getItem(KEY) || "";
}

const token = tokenOfThisPage();

export class AnswerError extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

// Returns the answer's value, null for "nothing new". Throws AnswerError, with status 0 where no server answers.
export async function ask(path, { method = "GET", body } = {}) {
  const headers = { authorization: `Bearer ${token}` };
  if (body) headers["content-type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store", credentials: "omit" });
  } catch {
    throw new AnswerError(0, "The page's server does not answer. Start it with `python -m console ui`, and open the link that it prints.");
  }
  if (answer.status === 204) return null;
  if (!answer.ok) throw new AnswerError(answer.status, (await answer.text()).trim());
  return answer.json();
}
