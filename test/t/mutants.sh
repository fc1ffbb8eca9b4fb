#!/bin/sh
#
# Damaged values through all three doors of the server: text input, the cast
# from bytea, and receive (binary COPY). Each of 20,000 seeded mutants of valid
# values must be refused with the code of its door, or be a value that goes out
# as it came in and can be counted, merged and packed. The server must come
# through it without a crash.
. test/t/common.sh

# A crash of any process makes the postmaster start the others anew.
server_marks()
{
	sql mutants -c "select pg_postmaster_start_time(), backend_start
		from pg_stat_activity where backend_type = 'checkpointer'"
}

make_originals()
{
	sql mutants <<-'END'
		create extension pgext;
		create table original as
			select hll_add_agg(x, p)::bytea as b
			from unnest(array[4, 5, 8, 13, 20]) p,
				unnest(array[1, 2, 3, 20, 300, 3000]) n,
				generate_series(1, n) x
			where p < 20 or n <= 300
			group by p, n;
		insert into original values (hll_empty()::bytea);
	END
}

# A mutation is a bit flipped, a byte set, a cut, an insertion or a piece
# copied; most often near the front, where the header is. Every fourth mutant
# has two.
make_mutants()
{
	sql mutants <<-'END'
		create function mutate(b bytea) returns bytea language plpgsql as $$
		declare
			at int := floor(length(b) * random() ^ 3);
			byte int := floor(random() * 256);
			piece bytea := substr(b, (length(b) * random())::int, 3);
		begin
			if length(b) = 0 then
				return '\x11';
			end if;
			case floor(random() * 5)
			when 0 then return set_bit(b, at * 8 + byte % 8,
				1 - get_bit(b, at * 8 + byte % 8));
			when 1 then return set_byte(b, at, byte);
			when 2 then return substr(b, 1, at);
			when 3 then return overlay(b placing set_byte('\x00', 0, byte)
				from at + 1 for 0);
			else return overlay(b placing piece from at + 1);
			end case;
		end $$;

		create table mutant (n int, b bytea);
		do $$
		declare
			originals bytea[] := array(select b from original order by b);
			b bytea;
		begin
			perform setseed(0.42);
			for n in 1 .. 20000 loop
				b := mutate(originals[n % cardinality(originals) + 1]);
				if n % 4 = 0 then
					b := mutate(b);
				end if;
				insert into mutant values (n, b);
			end loop;
		end $$;
	END
}

# Each door is a function from bytes to hll. Receive reads a file that holds
# the bytes as a bytea, whose binary form is the same; a new file each time,
# since file systems are slow to write one again.
make_doors()
{
	sql mutants <<-'END'
		create function by_text(b bytea) returns hll language sql
			as $$ select translate(encode(b, 'base64'), E'\n', '')::hll $$;
		create function by_cast(b bytea) returns hll language sql
			as $$ select b::hll $$;
		copy (select) to program 'rm -rf mutants && mkdir mutants';
		create sequence file_number;
		create table received (s hll);
		create function by_receive(b bytea) returns hll language plpgsql as $$
		declare
			file text := current_setting('data_directory') ||
				'/mutants/' || nextval('file_number');
			value hll;
		begin
			execute format('copy (select %L::bytea) to %L (format binary)',
				b, file);
			execute format('copy received from %L (format binary)', file);
			delete from received returning s into value;
			return value;
		end $$;
	END
}

# What a value must be able to do once it is in, and what each mutant led to.
try_all()
{
	sql mutants <<-'END'
		create function is_sound(s hll, b bytea) returns boolean language sql
			as $$ select s::bytea = b and s::text::hll = s and hll_send(s) = b
				and hll_cardinality(s) >= 0 and s || s = s
				and hll_precision(hll_add(s, 1)) = hll_precision(s)
				and hll_downsample(s, 4) is not null
				and (hll_info(s)).bytes = length(b) $$;
		create table outcome (n int, door text, code text, sound boolean);
		create function try(n int, door text, b bytea) returns void
			language plpgsql as $$
		declare
			sound boolean;
		begin
			execute format('select is_sound(by_%s($1), $1)', door)
				into sound using b;
			insert into outcome values (n, door, 'accepted', sound);
		exception when others then
			insert into outcome values (n, door, sqlstate);
		end $$;
		do $$
		begin
			perform try(n, door, b)
			from mutant, unnest(array['text', 'cast', 'receive']) as door;
		end $$;
		copy (select) to program 'rm -r mutants';
	END
}

# verdict DOOR CODE. There must be both refused and accepted ones, or the
# mutants prove nothing.
verdict()
{
	is "$1: refused with $2, or sound" "$(sql mutants -c "
		select count(*), count(*) filter (where code = '$2' or sound)
		from outcome where door = '$1'")" '20000|20000'
	is "$1: thousands refused, hundreds accepted" "$(sql mutants -c "
		select count(*) filter (where code = '$2') > 2000,
			count(*) filter (where sound) > 200
		from outcome where door = '$1'")" 't|t'
}

create_database mutants
before=$(server_marks)
ok 'originals' make_originals
ok 'mutants' make_mutants
ok 'doors' make_doors
ok 'all tried' try_all
verdict text 22P02
verdict cast 22P03
verdict receive 22P03
is 'the doors agree on what is a sketch' "$(sql mutants -c "
	select count(distinct n), count(distinct (n, code = 'accepted'))
	from outcome")" '20000|20000'
is 'the server did not restart' "$(server_marks)" "$before"
finish
