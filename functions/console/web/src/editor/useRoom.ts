import { useReactFlow } from "@xyflow/react";
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { useNotices } from "../layout/notices";

export const framing = { padding: { top: "24px", bottom: "60px", left: "24px", right: "24px" }, maxZoom: 1 } as const;

/** The height that the bars above leave to the editor, whether there is room for palette
 *  and settings beside the canvas, and a whole view of the flow at the start. */
export function useRoom(root: RefObject<HTMLDivElement | null>) {
  const flow = useReactFlow();
  const notices = useNotices();
  const [height, setHeight] = useState<number>();
  const [wide, setWide] = useState(() => window.innerWidth > 1000);
  const first = useRef(true);
  useLayoutEffect(() => {
    const measure = () => {
      const top = (root.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
      setHeight(Math.max(420, window.innerHeight - top));
      setWide(window.innerWidth > 1000);
    };
    measure();
    // Breadcrumbs and messages above come and go a moment later.
    const above = new ResizeObserver(measure);
    for (let el = root.current?.parentElement; el && el !== document.body; el = el.parentElement) above.observe(el);
    window.addEventListener("resize", measure);
    return () => {
      above.disconnect();
      window.removeEventListener("resize", measure);
    };
  }, [root, notices.length]);
  useEffect(() => {
    if (height === undefined || !first.current) return;
    const t = setTimeout(() => {
      first.current = false;
      void flow.fitView(framing);
    }, 200);
    return () => clearTimeout(t);
  }, [height, flow]);
  return { height, wide };
}
