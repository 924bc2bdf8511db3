-- What a subject says each time: numbers, dates and references are blanked, and so are marks of answers.
-- Gives:  macro shape_of(subject): the template, lower case; words_of(subject): its words of at least three letters but
--         those in variable plain_words
CREATE OR REPLACE TEMP MACRO shape_of(subject) AS trim(regexp_replace(
    regexp_replace(regexp_replace(lower(subject), '^\s*((re|fwd?|rv|aw|wg|tr)\s*:\s*)+', ''), '\S*\d\S*', '…', 'g'),
    '\b(january|february|march|april|may|june|july|august|september|october|november|december'
    || '|monday|tuesday|wednesday|thursday|friday|saturday|sunday|enero|febrero|marzo|abril|mayo|junio|julio|agosto'
    || '|septiembre|octubre|noviembre|diciembre|lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b', '…', 'g'));
CREATE OR REPLACE TEMP MACRO words_of(subject) AS list_filter(
    list_distinct(regexp_extract_all(shape_of(subject), '\p{L}{3,}')),
    lambda word: NOT list_contains(getvariable('plain_words'), word));
