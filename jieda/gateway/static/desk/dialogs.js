/** Opens a dialog; its first field, where it has one, takes the focus. */
export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[autofocus], select, input:not([type=hidden]), textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-open-dialog]");
  if (opener) return open(opener.dataset.openDialog);
  if (event.target.closest?.("[data-close-dialog]")) return event.target.closest("dialog").close();
  // A click beside the dialog lands on the dialog itself, not on anything in it.
  if (event.target instanceof HTMLDialogElement && !inside(event)) event.target.close();
});

function inside({ target, clientX, clientY }) {
  const { left, right, top, bottom } = target.getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}
