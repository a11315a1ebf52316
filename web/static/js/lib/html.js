/** The one place that names the view library. Text goes in as text nodes: no string of anybody's becomes markup. */

import { Fragment, h, render } from "../../vendor/preact-10.29.8/preact.module.js";
import htm from "../../vendor/htm-3.1.1/htm.module.js";

export const html = htm.bind(h);
export { Fragment, render };
export {
  useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from "../../vendor/preact-10.29.8/hooks.module.js";
