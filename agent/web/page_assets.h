// The page's style and script, inline: it loads nothing from anywhere.
#pragma once

#include <string_view>

namespace edgeherd::agent::assets {

inline constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--text:#1b1f24;--dim:#667080;--line:#e3e6ea;
--accent:#2563eb;--good:#15803d;--bad:#b91c1c;--warn:#a16207}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--card:#1d2126;--text:#e8eaed;--dim:#98a2af;
--line:#2d333b;--accent:#6ea8fe;--good:#4ade80;--bad:#f87171;--warn:#facc15}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.45 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:24px 20px}
header{margin-bottom:20px}h1{display:inline-block;margin:0 12px 0 0;font-size:24px}
h2{font-size:16px;margin:0 0 8px}h3{margin:0;font-size:13px;font-weight:600;color:var(--dim)}
.note{color:var(--dim);font-size:13px;margin:2px 0}
.pill{display:inline-block;padding:1px 10px;margin-right:6px;border:1px solid currentColor;
border-radius:99px;font-size:13px;color:var(--dim)}
.pass,.healthy,.serving{color:var(--good)}.fail,.bad{color:var(--bad)}
.degraded,.draining,.closed,.unknown{color:var(--warn)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:12px}
article,section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
section{margin-top:12px;overflow-x:auto}
.value{margin:2px 0 0;font-size:26px;font-variant-numeric:tabular-nums}
.none{font-size:16px;color:var(--dim)}
svg{display:block;width:100%;height:40px;margin-top:6px}
path{fill:none;stroke:var(--accent);stroke-width:1.5;vector-effect:non-scaling-stroke}
.bar{height:8px;margin-top:22px;border-radius:4px;background:var(--line);overflow:hidden}
.bar i{display:block;height:100%;background:var(--accent)}
table{width:100%;border-collapse:collapse}
th{text-align:left;font-size:13px;color:var(--dim);font-weight:600}
td,th{padding:5px 12px 5px 0;border-top:1px solid var(--line);vertical-align:top}
thead th{border-top:0}
footer{margin-top:16px}a{color:var(--accent);margin-right:12px;font-size:13px}
)css";

// Replaces the page's content every two seconds; on trouble it greys out and goes on trying.
inline constexpr std::string_view script =
    "setInterval(async()=>{const old=document.querySelector('main');"
    "try{const r=await fetch(location.href,{cache:'no-store'});"
    "const d=new DOMParser().parseFromString(await r.text(),'text/html');"
    "old.innerHTML=d.querySelector('main').innerHTML;old.style.opacity=1}"
    "catch(e){old.style.opacity=.4}},2000)";

}  // namespace edgeherd::agent::assets
