import { createContext, useContext } from "react";
import type { Target } from "./context";

/** What can be done from the canvas itself: the same for as long as the editor is open, so
 *  that a step is drawn again only when it changes. */
export interface Tools {
  choose: (to: Target) => void;
  cut: (edge: string) => void;
}

export const ToolsContext = createContext<Tools | undefined>(undefined);

export function useTools(): Tools {
  const value = useContext(ToolsContext);
  if (!value) throw new Error("outside the canvas");
  return value;
}
