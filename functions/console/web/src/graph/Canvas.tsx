import { lazy, Suspense } from "react";
import { Loading } from "../parts/states";
import type { GraphProps } from "./Graph";

const Graph = lazy(() => import("./Graph"));

/** The read-only canvas in a frame of fixed height, loaded when it is first seen; alone is
 *  in a container without a header. */
export default function Canvas({ height = 420, alone, ...props }: GraphProps & { height?: number; alone?: boolean }) {
  return (
    <div className={alone ? "canvas alone" : "canvas"} style={{ blockSize: height }}>
      <Suspense fallback={<Loading what="Drawing" />}>
        <Graph {...props} />
      </Suspense>
    </div>
  );
}
