#!/bin/sh
#
# Damaged values through all three entrances of the server: text input, the cast
# from bytea, and receive (binary COPY). Each of thousands of mutants of valid
# values of each type, made from a fixed seed, must be refused with the entrance's
# error code, or be a value that goes out as it came in and can be counted, merged
# and packed. The server must not crash.
. test/lib.sh
begin

make_originals_hll()
{
	sql mutants_hll <<-'END'
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

# Lists and bits of 16 to 30 blocks, and filters that size themselves.
make_originals_bloom()
{
	sql mutants_bloom <<-'END'
		create extension pgext;
		create table original as
			select bloom_add_agg(x, e, p)::bytea as b
			from (values (30, 0.5), (5, 0.01), (100, 0.01), (1500, 0.01),
					(200, 1e-6)) v (e, p),
				unnest(array[1, 2, 9, 40, 150, 300]) n, generate_series(1, n) x
			group by e, p, n
			union all
			select bloom_add_agg(x)::bytea
			from unnest(array[1, 2, 20, 240, 300]) n, generate_series(1, n) x
			group by n;
		insert into original values (bloom_empty(1000000)::bytea);
		insert into original select bloom_add_agg(null::int)::bytea;
	END
}

# Lists and counters of one block and of several, one row and five.
make_originals_cms()
{
	sql mutants_cms <<-'END'
		create extension pgext;
		create table original as
			select cms_add_weighted_agg(x, 100000 / x + w, e, d)::bytea as b
			from (values (0.1, 0.01, 0), (0.5, 0.5, 70000), (0.01, 0.01, 1),
					(0.001, 0.01, 0)) v (e, d, w),
				unnest(array[1, 2, 9, 60, 150]) n, generate_series(1, n) x
			group by e, d, w, n;
		insert into original values (cms_empty()::bytea);
	END
}

# Complete and trimmed sketches, with short and long items.
make_originals_topk()
{
	sql mutants_topk <<-'END'
		create extension pgext;
		create table original as
			select topk_add_weighted_agg(repeat('i', x % 30) || x, 10000 / x, k)::bytea
				as b
			from unnest(array[1, 5, 40, 100]) k,
				unnest(array[1, 2, 9, 60, 150]) n, generate_series(1, n) x
			group by k, n;
		insert into original values (topk_empty()::bytea),
			(topk_add(topk_add(topk_empty(), '', 3), 'ü')::bytea);
	END
}

# make_mutants TYPE NUMBER: a mutation flips a bit, sets a byte, cuts, inserts a
# byte or copies a piece, most often near the front, where the header is. Every
# fourth mutant has two.
make_mutants()
{
	sql "mutants_$1" -v number="$2" <<-'END'
		create function mutate(b bytea) returns bytea language plpgsql as $$
		declare
			at int := floor(length(b) * random() ^ 3);
			byte int := floor(random() * 256);
			piece bytea := substr(b, (length(b) * random())::int, 3);
		begin
			if length(b) = 0 then
				return '\x81';
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
		select set_config('test.number', :'number', false);
		do $$
		declare
			originals bytea[] := array(select b from original order by b);
			b bytea;
		begin
			perform setseed(0.42);
			for n in 1 .. current_setting('test.number')::int loop
				b := mutate(originals[n % cardinality(originals) + 1]);
				if n % 4 = 0 then
					b := mutate(b);
				end if;
				insert into mutant values (n, b);
			end loop;
		end $$;
	END
}

# make_doors TYPE: each entrance as a function from bytes to the type. Receive
# reads a file that has the bytes as a bytea, whose binary form is the same; a new
# file each time, since file systems are slow to overwrite one.
make_doors()
{
	sed "s/SKETCH/$1/g" <<-'END' | sql "mutants_$1"
		create function by_text(b bytea) returns SKETCH language sql
			as $$ select ('\x' || encode(b, 'hex'))::SKETCH $$;
		create function by_cast(b bytea) returns SKETCH language sql
			as $$ select b::SKETCH $$;
		copy (select) to program 'rm -rf mutants && mkdir mutants';
		create sequence file_number;
		create table received (s SKETCH);
		create function by_receive(b bytea) returns SKETCH language plpgsql as $$
		declare
			file text := current_setting('data_directory') ||
				'/mutants/' || nextval('file_number');
			value SKETCH;
		begin
			execute format('copy (select %L::bytea) to %L (format binary)',
				b, file);
			execute format('copy received from %L (format binary)', file);
			delete from received returning s into value;
			return value;
		end $$;
	END
}

# is_sound: what must hold for a value that was accepted.
define_sound_hll()
{
	sql mutants_hll <<-'END'
		create function is_sound(s hll, b bytea) returns boolean language sql
			as $$ select s::bytea = b and s::text::hll = s and hll_send(s) = b
				and hll_cardinality(s) >= 0 and s || s = s
				and hll_precision(hll_add(s, 1)) = hll_precision(s)
				and hll_downsample(s, 4) is not null
				and (hll_info(s)).bytes = length(b) $$;
	END
}

define_sound_bloom()
{
	sql mutants_bloom <<-'END'
		create function is_sound(s bloom, b bytea) returns boolean language sql
			as $$ select s::bytea = b and s::text::bloom = s
				and bloom_send(s) = b and s || s = s and s & s = s
				and bloom_cardinality(s) >= 0
				and bloom_false_positive_rate(s) between 0 and 1
				and bloom_intersection_cardinality(s, s) >= 0
				and (s || 1) @> 1
				and bloom_is_empty(s) <= not s @> sketch_hash_any(1)
				and (bloom_info(s)).bytes = length(b) $$;
	END
}

define_sound_cms()
{
	sql mutants_cms <<-'END'
		create function is_sound(s cms, b bytea) returns boolean language sql
			as $$ select s::bytea = b and s::text::cms = s
				and cms_send(s) = b and s || cms_empty() = s
				and cms_total(s) >= 0 and cms_error_bound(s) >= 0
				and cms_frequency(s, sketch_hash_any(1))
					between 0 and cms_total(s)
				and (cms_frequency_bounds(s, sketch_hash_any(1))).upper
					<= cms_frequency(s, sketch_hash_any(1))
				and cms_inner_product(s, s) >= 0
				and (cms_total(s) > 4611686018427387903 or
					cms_frequency(s || s, sketch_hash_any(1))
						= 2 * cms_frequency(s, sketch_hash_any(1)))
				and (cms_total(s) > 9223372036854775800 or
					cms_frequency(s || 1, sketch_hash_any(1))
						> cms_frequency(s, sketch_hash_any(1)))
				and (cms_info(s)).bytes = length(b) $$;
	END
}

# All items are within the bounds that the format guarantees. (Of two empty sketches
# the smaller k stays.)
define_sound_topk()
{
	sql mutants_topk <<-'END'
		create function is_sound(s topk, b bytea) returns boolean language sql
			as $$ select s::bytea = b and s::text::topk = s
				and topk_send(s) = b and s || topk_empty(
					case when topk_is_empty(s) then topk_k(s) else 100 end) = s
				and topk_error_bound(s) <= topk_total(s) / ((topk_info(s)).k + 1)
				and jsonb_array_length(topk_array(s)) = (topk_info(s)).items
				and not exists (select from topk_items(s)
					where not (0 < lower and lower <= estimate
						and estimate <= upper and lower <= topk_total(s)
						and upper - lower <= topk_error_bound(s))
						or topk_frequency(s, item) <> (estimate, lower, upper))
				and (topk_total(s) > 4611686018427387903 or
					topk_total(s || s) = 2 * topk_total(s))
				and (topk_total(s) = 9223372036854775807 or
					topk_total(topk_add(s, 'new')) = topk_total(s) + 1)
				and (topk_info(s)).bytes = length(b) $$;
	END
}

# try_all TYPE: records the outcome of each mutant.
try_all()
{
	sql "mutants_$1" <<-'END'
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

# verdict TYPE NUMBER DOOR CODE: an item that is not valid text has another code,
# 22021. Some mutants must be refused and some accepted, or they prove nothing.
verdict()
{
	is "$1, $3: refused with $4, or sound" "$(sql "mutants_$1" -c "
		select count(*), count(*) filter (where code in ('$4', '22021') or sound)
		from outcome where door = '$3'")" "$2|$2"
	is "$1, $3: thousands refused, hundreds accepted" "$(sql "mutants_$1" -c "
		select count(*) filter (where code = '$4') > 2000,
			count(*) filter (where sound) > 200
		from outcome where door = '$3'")" 't|t'
}

# try_type TYPE NUMBER: tries that many mutants of values of the type.
try_type()
{
	ok "$1: originals" "make_originals_$1"
	ok "$1: mutants" make_mutants "$1" "$2"
	ok "$1: doors" make_doors "$1"
	ok "$1: is_sound" "define_sound_$1"
	ok "$1: all tried" try_all "$1"
	verdict "$1" "$2" text 22P02
	verdict "$1" "$2" cast 22P03
	verdict "$1" "$2" receive 22P03
	is "$1: the doors agree on what is a sketch" "$(sql "mutants_$1" -c "
		select count(distinct n), count(distinct (n, code = 'accepted'))
		from outcome")" "$2|$2"
}

create_database mutants_hll
create_database mutants_bloom
create_database mutants_cms
create_database mutants_topk
before=$(server_marks mutants_hll)
try_type hll 20000
try_type bloom 10000
try_type cms 8000
try_type topk 8000
is 'the server did not restart' "$(server_marks mutants_hll)" "$before"
finish
