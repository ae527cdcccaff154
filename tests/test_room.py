"""What all clients share, and how much of it one of them may hold."""

from gateway.room import Room


def test_all_of_it_is_bounded() -> None:
    room = Room(10)
    room.take("a", 4)
    room.take("b", 3)
    assert room.fits("c", 3)
    assert not room.fits("c", 4)


def test_one_leaves_as_much_to_the_others_as_it_holds() -> None:
    room = Room(10)
    room.take("a", 4)
    assert room.fits("a", 1)
    assert not room.fits("a", 2)
    assert room.fits("b", 6)


def test_what_comes_first_may_be_as_large_as_all_of_it() -> None:
    room = Room(10)
    assert room.fits("a", 10)
    assert not room.fits("a", 11)


def test_what_grows_is_one_thing() -> None:
    room = Room(10)
    room.take("a", 8)
    assert room.fits("a", 2, of_this=8)
    assert not room.fits("a", 2, of_this=7)


def test_whom_nobody_can_tell_apart_is_bounded_by_all_of_it_alone() -> None:
    room = Room(10)
    room.take("", 9)
    assert room.fits("", 1)


def test_nothing_fits_where_there_is_no_room() -> None:
    room = Room(10)
    room.take("a", 3)
    room.take("b", 7)
    assert room.fits("a", 0, of_this=1)


def test_what_is_given_back_is_there_again() -> None:
    room = Room(10)
    room.take("a", 5)
    room.give_back("a", 5)
    assert room.is_empty
    assert room.fits("b", 10)
