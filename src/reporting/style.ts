/** The report's style sheet: one column that a phone can hold, light and dark, and paper. */
export const STYLE = `
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:820px;background:var(--chart-ground);color:var(--chart-ink);font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.35rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:2px solid var(--chart-line)}h3{font-size:1.1rem;margin:2rem 0 .25rem}
p{margin:.25rem 0 .75rem}nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
a{color:var(--chart-good)}:focus-visible{outline:3px solid var(--chart-good);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem}caption{text-align:left;color:var(--chart-ink-soft);padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .5rem .35rem 0;border-bottom:1px solid var(--chart-line);font-weight:normal}
thead th{color:var(--chart-ink-soft);font-size:.8rem}
.number{font-variant-numeric:tabular-nums}.figures th[scope=row]{overflow-wrap:anywhere}
table+table{margin-top:1.5rem}.pass .result{color:var(--chart-good)}.missed .result{color:var(--chart-bad);font-weight:bold}.missed th{font-weight:bold}
.pass .result::before{content:"\\2713\\00a0"}.missed .result::before{content:"\\2717\\00a0"}
summary{cursor:pointer}.chart>details>summary,.others>summary{color:var(--chart-good);padding:.25rem 0}
details dl{margin:.25rem 0 .5rem 1rem;font-weight:normal;font-size:.85rem}dt{color:var(--chart-ink-soft)}dd{margin:0 0 .25rem;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.25rem 1rem;margin:0;font-size:.9rem}
svg{display:block;max-width:100%;height:auto}.phone-wide{display:none}
.scrolls{overflow-x:auto;max-height:30rem;overflow-y:auto}.scrolls td,.scrolls th{white-space:nowrap;padding-right:.9rem}
.files{display:flex;gap:1rem;font-size:.9rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:640px){body{padding:.6rem}.page-wide{display:none}.phone-wide{display:block}table{font-size:.85rem}
.figures tr{display:grid;grid-template-columns:repeat(auto-fit,minmax(5.5rem,1fr));border-bottom:1px solid var(--chart-line)}.figures th,.figures td{border:0;padding:.15rem .5rem .15rem 0}.figures th:first-child{grid-column:1/-1}}
@media print{body{max-width:none}.files,nav{display:none}.chart{break-inside:avoid}.scrolls{max-height:none;overflow:visible}.page-wide{display:block}.phone-wide{display:none}a{color:inherit}}
`;
