/** The page's own buttons open the chat; without it they lead to the telephone numbers. */
for (const button of document.querySelectorAll("[data-chat]")) {
  button.addEventListener("click", () => {
    const chat = document.querySelector("jieda-chat");
    if (chat?.open) chat.open();
    else location.hash = "support";
  });
}
