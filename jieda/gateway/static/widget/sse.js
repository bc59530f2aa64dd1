/** The JSON events of a server-sent event stream. `heard()` is called for every piece, comments included. */
export async function* eventsOf(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      // A CR at the end may be half of a CRLF: it waits for the next piece.
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        if (line !== "") continue;
        const event = parsed(data.join("\n"));
        data = [];
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parsed(data) {
  try {
    const event = JSON.parse(data);
    return event && typeof event === "object" ? event : null;
  } catch {
    return null;
  }
}
