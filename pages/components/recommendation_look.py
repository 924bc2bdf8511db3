"""How the cards look: all of a card can be clicked on, and the one that is opened stands out."""

import streamlit as st

from pages.components.look import text

STYLE = """
<style>
[class*="st-key-card-"]{position:relative;padding:.55rem .8rem .6rem!important;gap:.1rem!important}
[class*="st-key-card-"] :is([data-testid="stElementContainer"],[data-testid="stButton"],button){
position:static!important}
[class*="st-key-card-"] button{justify-content:flex-start!important;text-align:left;padding:0!important;
min-height:0!important;width:100%}
[class*="st-key-card-"] button>div{justify-content:flex-start!important;text-align:left}
[class*="st-key-card-"] button p{font-weight:600!important;white-space:normal!important;line-height:1.35;
overflow-wrap:anywhere;text-align:left}
[class*="st-key-card-"] button::after{content:"";position:absolute;inset:0;z-index:1;border-radius:inherit}
:has(>[class*="st-key-card-"]){gap:.6rem}
[class*="st-key-card-"]:hover{background:color-mix(in srgb,currentColor 4%,transparent)}
.st-key-actions{grid-template-columns:repeat(3,minmax(max-content,1fr))!important}
.st-key-opened{max-height:calc(100vh - 2rem);overflow:hidden auto}
[data-testid="stColumn"]:has(.st-key-opened)>[data-testid="stVerticalBlock"]{height:100%}
:has(>.st-key-opened){position:sticky;top:1rem}
.sd-card{display:flex;gap:.9rem;align-items:flex-start;line-height:1.45;font-size:.92rem;overflow-wrap:anywhere}
.sd-card>div:first-child{flex:1;min-width:0}
.sd-side{flex:0 0 6.6rem;text-align:right;font-size:.86rem}
.sd-side .sd-strong{font-size:1.15rem;line-height:1.2}
.sd-spark{display:flex;gap:2px;align-items:flex-end;justify-content:flex-end;height:26px;margin-top:.25rem}
.sd-spark i{display:flex;flex-direction:column-reverse;width:5px;min-height:1px;
background:light-dark(#d4d9da,#454b4d)}
.sd-spark b{display:block;width:5px}
NOW{border-color:light-dark(#1f6f78,#5fb8c0)!important;box-shadow:inset 3px 0 light-dark(#1f6f78,#5fb8c0)}
</style>
"""


def show(now: str) -> None:
    """Put the look on the page; `now` is the key of the card that is opened, empty if none is."""
    mark = f".st-key-card-{text(now)}" if now else ".sd-none"
    st.html(STYLE.replace("NOW", mark))
