/* How far one has read, for browsers whose style sheets cannot tell it. Nothing moves where motion is not welcome. */
const bar = document.querySelector(".how-far div");
const still = matchMedia("(prefers-reduced-motion: reduce)");
if (bar && !CSS.supports("animation-timeline: scroll()")) {
  const show = () => {
    const far = document.documentElement.scrollHeight - innerHeight;
    if (!still.matches) bar.style.transform = `scaleX(${far > 0 ? Math.min(1, scrollY / far) : 0})`;
  };
  addEventListener("scroll", show, { passive: true });
  addEventListener("resize", show);
  show();
}
