import type { ReactNode } from "react";
import { useWide } from "./useWide";

/** What stands in another column where there is room for it. */
export default function Narrow({ children }: { children: ReactNode }) {
  return useWide() ? null : <div className="quiet">{children}</div>;
}
