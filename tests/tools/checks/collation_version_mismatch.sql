-- bad: words
CREATE COLLATION public.words (provider = builtin, locale = 'C.UTF-8');
CREATE TABLE public.books (title text COLLATE public.words);
CREATE INDEX ON public.books (title);
UPDATE pg_collation SET collversion = '0' WHERE collname = 'words';
-- repair
ALTER COLLATION public.words REFRESH VERSION;
-- good
CREATE COLLATION public.words (provider = builtin, locale = 'C.UTF-8');
CREATE TABLE public.books (title text COLLATE public.words);
UPDATE pg_collation SET collversion = '0' WHERE collname = 'words';
