/** A constructed sheet is no inline style: it stands under a strict Content-Security-Policy. */
export const sheet = new CSSStyleSheet();

sheet.replaceSync(`
:host {
  all: initial; color-scheme: light dark;
  --ink: #15242b; --muted: #53646c; --line: #d9e2e5; --edge: #7b8f97; --surface: #fff; --ground: #f5f8f9;
  --brand: #0b6470; --deep: #084f59; --on-brand: #fff; --tint: #e3f0f1; --agent: #eceefa; --agent-ink: #3b4391;
  --danger: #b3261e; --header: #0b5963; --shadow: 0 1px 3px #0f26301f, 0 12px 40px #0f26302e;
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
    "Noto Sans SC", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :host {
    --ink: #e5edef; --muted: #a3b4ba; --line: #2c3b42; --edge: #71858d; --surface: #182227; --ground: #10181c;
    --brand: #66c5cd; --deep: #8ad6dc; --on-brand: #04262b; --tint: #1d343a; --agent: #2a2e4c; --agent-ink: #b9c0f5;
    --danger: #ff9d93; --header: #103a41; --shadow: 0 1px 3px #0008, 0 12px 40px #000a;
  }
}
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
p { margin: 0; }
button {
  font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; border-radius: 8px;
  touch-action: manipulation; -webkit-tap-highlight-color: transparent;
}
button:disabled { cursor: default; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
  stroke-linejoin: round; flex: none; }
:focus-visible { outline: 3px solid var(--brand); outline-offset: 2px; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

[part=launcher] {
  position: fixed; z-index: 2147483000; right: calc(24px + env(safe-area-inset-right));
  bottom: calc(24px + env(safe-area-inset-bottom)); display: flex; align-items: center; gap: 10px; min-height: 56px;
  padding: 0 22px 0 18px; border-radius: 28px; background: var(--brand); color: var(--on-brand); font-weight: 600;
  box-shadow: var(--shadow); transition: background .15s, transform .15s;
}
[part=launcher]:hover { background: var(--deep); transform: translateY(-1px); }
[part=launcher]:focus-visible { outline-color: var(--ink); }
[part=launcher] svg { width: 26px; height: 26px; }
[part=badge] {
  position: absolute; top: -6px; right: -4px; min-width: 24px; height: 24px; padding: 0 6px; border-radius: 12px;
  background: #b3261e; color: #fff; border: 2px solid var(--surface); font-size: 12px; line-height: 20px;
  text-align: center;
}

[part=panel] {
  position: fixed; z-index: 2147483000; inset: auto calc(24px + env(safe-area-inset-right))
    calc(24px + env(safe-area-inset-bottom)) auto;
  width: 400px; height: 640px; max-width: none; max-height: calc(100vh - 48px); max-height: calc(100dvh - 48px);
  margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 16px; overflow: hidden;
  background: var(--surface); color: var(--ink); box-shadow: var(--shadow); overflow-wrap: anywhere;
}
[part=panel][open] { display: flex; flex-direction: column; animation: rise .18s ease-out; }
[part=panel]::backdrop { background: var(--surface); }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }

[part=header] {
  display: flex; align-items: center; gap: 4px; padding: 10px 10px 10px 16px; background: var(--header); color: #fff;
}
[part=header] > svg { width: 28px; height: 28px; }
.title { flex: 1; min-width: 0; padding-left: 8px; line-height: 1.3; }
.title strong { display: block; font-size: 16px; font-weight: 600; letter-spacing: .02em; }
.title span { font-size: 12.5px; color: #d3e7e9; }
[part=header] button { min-width: 44px; height: 44px; display: grid; place-items: center; font-size: 14px; }
[part=header] button:hover { background: #ffffff24; }
[part=header] button:focus-visible { outline-color: #fff; outline-offset: -3px; }
[part=language]::before {
  content: ""; position: absolute; width: 42px; height: 28px; border: 1px solid #ffffff80; border-radius: 7px;
  pointer-events: none;
}

[part=status] {
  display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 0 16px; font-size: 13.5px;
  background: var(--tint); color: var(--ink);
}
[part=status] > span:not(:empty) { padding: 8px 0; }
[part=hurry], [part=retry] {
  min-height: 32px; padding: 0 8px; color: var(--brand); font-weight: 600; text-decoration: underline;
  text-underline-offset: 3px; flex: none;
}

[part=presence] {
  display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 4px 8px 4px 16px;
  font-size: 13.5px; background: var(--tint); color: var(--ink); border-bottom: 1px solid var(--line);
}
[part=presence][data-owner=assigned] { background: var(--agent); color: var(--agent-ink); font-weight: 600; }
[part=back] {
  min-height: 36px; padding: 0 10px; color: inherit; font-weight: 600; text-decoration: underline;
  text-underline-offset: 3px; flex: none;
}
[part=back]:disabled { opacity: .7; }

[part=question], [part=ended] {
  display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 12px 16px; font-size: 14px;
  border-bottom: 1px solid var(--line);
}
[part=ended] { border: 0; border-top: 1px solid var(--line); padding-bottom: calc(12px + env(safe-area-inset-bottom)); }
[part=question] p { flex: 1 1 100%; }
[part=confirm], [part=again], [part=cancel] {
  min-height: 44px; padding: 0 16px; border-radius: 22px; font-weight: 600; border: 1px solid var(--brand);
}
[part=confirm], [part=again] { background: var(--brand); color: var(--on-brand); }
[part=cancel] { color: var(--brand); }

.stage { position: relative; flex: 1; min-height: 0; display: flex; }
[part=log] {
  position: relative; flex: 1; min-width: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px;
  background: var(--ground);
  scroll-behavior: smooth;
}
[part=log]:focus-visible { outline-offset: -3px; }
[part=new-messages] {
  position: absolute; bottom: 12px; left: 50%; transform: translateX(-50%); display: flex; align-items: center;
  gap: 4px; min-height: 44px; padding: 0 16px; border-radius: 22px; background: var(--surface); color: var(--brand);
  font-weight: 600; font-size: 14px; border: 1px solid var(--line); box-shadow: var(--shadow); white-space: nowrap;
}
[part=new-messages] svg { width: 18px; height: 18px; }

.list { display: flex; flex-direction: column; gap: 8px; }
[part=message] { display: flex; flex-direction: column; align-items: flex-start; max-width: 88%; }
[part=message][data-first=true]:not(:first-child) { margin-top: 8px; }
[part=message][data-author=customer] { align-self: flex-end; align-items: flex-end; }
.who { font-size: 12.5px; font-weight: 600; color: var(--muted); margin: 0 4px 3px; }
[data-author=agent] .who { color: var(--agent-ink); }
[data-first=false] .who, [data-author=customer] .who, [data-author=system] .who {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
.bubble {
  padding: 9px 13px; border-radius: 4px 14px 14px; background: var(--surface); border: 1px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere;
}
[data-author=customer] .bubble {
  border-radius: 14px 4px 14px 14px; background: var(--brand); border-color: var(--brand); color: var(--on-brand);
}
[data-author=agent] .bubble { background: var(--agent); border-color: transparent; }
[data-state=sending] .bubble { opacity: .9; }
[data-state=failed] .bubble, [data-state=refused] .bubble {
  background: var(--surface); color: var(--ink); border-color: var(--danger);
}
.bubble a { color: var(--brand); text-decoration: underline; text-underline-offset: 3px; font-weight: 500; }
.bubble a[href^=tel] { white-space: nowrap; }
.bubble a[target]::after { content: " ↗"; content: " ↗" / ""; }
.meta { display: flex; align-items: center; gap: 4px; margin: 2px 4px 0; font-size: 12px; color: var(--muted); }
.meta svg { width: 13px; height: 13px; vertical-align: -2px; }
.meta:not(:has(time[datetime])) time { display: none; }
.failure { font-size: 13px; color: var(--danger); font-weight: 600; }
[data-author=system] { align-self: center; max-width: 94%; }
[data-author=system] .bubble, [part=owner], [part=notice], [part=day] {
  align-self: center; max-width: 94%; margin: 6px 0; padding: 5px 12px; border: 0; border-radius: 14px;
  background: var(--tint); color: var(--ink); font-size: 13px; text-align: center;
}
[data-author=system] .meta { align-self: center; }
[part=day] { background: none; color: var(--muted); }

[part=choices] { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
[part=choice] {
  min-height: 44px; padding: 6px 16px; border: 1px solid var(--brand); border-radius: 22px; color: var(--brand);
  background: var(--surface); font-weight: 500; line-height: 1.35; text-align: start; transition: background .15s;
}
[part=choice]:hover:enabled { background: var(--tint); }
[part=choice]:disabled { border-color: var(--line); color: var(--muted); background: none; min-height: 36px; }

[part=typing] {
  display: flex; gap: 5px; width: max-content; margin-top: 10px; padding: 14px; border-radius: 4px 14px 14px;
  background: var(--surface); border: 1px solid var(--line);
}
[part=typing] i {
  width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: breathe 1.2s infinite;
}
[part=typing] i:nth-of-type(2) { animation-delay: .15s; }
[part=typing] i:nth-of-type(3) { animation-delay: .3s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; } }

[part=composer] {
  padding: 10px 12px calc(8px + env(safe-area-inset-bottom)); border-top: 1px solid var(--line);
  background: var(--surface);
}
.field {
  display: flex; align-items: flex-end; padding: 2px; border: 1px solid var(--edge); border-radius: 25px;
  background: var(--surface);
}
.field:focus-within { border-color: var(--brand); box-shadow: 0 0 0 2px var(--brand); }
[part=box] {
  flex: 1; min-width: 0; resize: none; border: 0; outline: 0; padding: 10px 4px 10px 16px; font: inherit;
  font-size: 16px; line-height: 24px; color: inherit; background: none;
}
[part=box]::placeholder { color: var(--muted); opacity: 1; }
[part=send] {
  width: 44px; height: 44px; display: grid; place-items: center; border-radius: 50%; color: var(--muted); flex: none;
  transition: background .15s;
}
[part=send][data-ready] { background: var(--brand); color: var(--on-brand); }
[part=send][data-ready]:hover { background: var(--deep); }
.foot {
  display: flex; justify-content: space-between; gap: 8px; padding: 4px 18px 0; font-size: 12px; color: var(--muted);
}
@media (pointer: coarse) {
  .hint { display: none; }
  [part=hurry], [part=retry], [part=back] { min-height: 44px; }
}

@media (max-width: 480px) {
  [part=launcher] {
    right: calc(16px + env(safe-area-inset-right)); bottom: calc(16px + env(safe-area-inset-bottom));
    width: 56px; padding: 0; justify-content: center;
  }
  .label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  [part=panel] {
    inset: var(--top, 0) 0 auto; width: 100%; height: 100vh; height: var(--height, 100dvh); max-height: none;
    border: 0; border-radius: 0;
  }
  [part=header] {
    padding: calc(8px + env(safe-area-inset-top)) calc(8px + env(safe-area-inset-right)) 8px
      calc(16px + env(safe-area-inset-left));
  }
}
@media (prefers-reduced-motion: reduce) {
  * { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
}
@media (forced-colors: active) {
  .bubble, [part=launcher], [part=send], [part=choice], [part=confirm], [part=again] { border: 1px solid; }
}
`);
