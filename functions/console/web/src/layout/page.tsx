import { createContext, useContext, useEffect, useLayoutEffect, useMemo, useState, type ReactNode } from "react";

// What a page says about itself to the frame around it.

export interface Crumb {
  text: string;
  href: string;
}

export interface PageInfo {
  /** In the browser's title. */
  title: string;
  /** From the first level down, the page itself last. */
  crumbs: Crumb[];
  /** No paddings, and the height of the window, as the editor wants it. */
  bare?: boolean;
}

const Context = createContext<{ info: PageInfo; set: (info: PageInfo) => void }>({
  info: { title: "", crumbs: [] },
  set: () => undefined,
});

export function PageProvider({ children }: { children: ReactNode }) {
  const [info, set] = useState<PageInfo>({ title: "", crumbs: [] });
  const value = useMemo(() => ({ info, set }), [info]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export const usePageInfo = () => useContext(Context).info;

/** Names the page: browser title, breadcrumbs, how much room it wants. */
export function usePage(title: string, crumbs: Crumb[], bare = false) {
  const { set } = useContext(Context);
  const path = JSON.stringify(crumbs);
  useEffect(() => {
    document.title = title ? title + " – Deskhand" : "Deskhand";
    set({ title, crumbs: JSON.parse(path) as Crumb[], bare });
  }, [title, path, bare, set]);
}

/** Makes the frame bare before a page that wants it so is there: the page comes in its own
 *  chunk, and what is seen would jump. The page then gives its own names. */
export function useBare(crumbs: Crumb[]) {
  const { set } = useContext(Context);
  const path = JSON.stringify(crumbs);
  useLayoutEffect(() => set({ title: "", crumbs: JSON.parse(path) as Crumb[], bare: true }), [path, set]);
}
