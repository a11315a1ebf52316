/** Links on the party page open another tab: nobody should leave a party by looking something up. */
export const elsewhere = (path = location.pathname) => (path.startsWith("/p/") ? { target: "_blank", rel: "noopener" } : {});
